/**
 * Which part of the page is seen: the one that the address names after its `#/`.
 *
 * @typedef {object} View
 * @property {() => void} open
 * @property {() => void} close
 */

const MAIN = "";
const TITLE = document.title;

export class Views {
  #sections;
  #links;
  #views;
  #shown = MAIN;

  /**
   * @param {HTMLElement[]} sections  Each names its view in `data-view`.
   * @param {HTMLAnchorElement[]} links
   * @param {Record<string, View>} views  What has to be told when it is seen.
   */
  constructor(sections, links, views) {
    this.#sections = sections;
    this.#links = links;
    this.#views = views;
    addEventListener("hashchange", () => this.#follow(true));
    this.#follow(false);
  }

  /** What is seen is asked for anew. */
  refresh() {
    this.#views[this.#shown]?.open();
  }

  /** @param {boolean} byHand  Then the cursor goes along. */
  #follow(byHand) {
    const name = location.hash.match(/^#\/(.*)$/)?.[1] ?? (location.hash ? this.#shown : MAIN);
    const section = this.#sections.find((each) => each.dataset.view === name);
    if (!section || (byHand && name === this.#shown)) return;
    this.#views[this.#shown]?.close();
    this.#shown = name;
    for (const each of this.#sections) each.hidden = each !== section;
    for (const link of this.#links) {
      if (link.hash === `#/${name}`) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    const heading = /** @type {HTMLElement} */ (section.querySelector("h1"));
    document.title = name === MAIN ? TITLE : `${heading.textContent} · Pixelmill`;
    this.#views[name]?.open();
    if (byHand) heading.focus();
  }
}
