/**
 * How far a picture is, as a row of steps of which one is under way.
 *
 * @typedef {import("./types.js").Entry} Entry
 */

const STEPS = ["Queue", "Fetch", "Resize", "Save"];
/** @type {Record<string, string>} */
const STEP_OF_STAGE = { queued: "Queue", retrying: "Queue", fetching: "Fetch", transforming: "Resize", storing: "Save" };

export class Stages {
  #list;
  #steps;
  /** @type {HTMLElement[]} */
  #items;

  /**
   * @param {HTMLElement} list
   * @param {import("./types.js").Origin} origin
   */
  constructor(list, origin) {
    this.#list = list;
    this.#steps = origin.kind === "file" ? ["Upload", ...STEPS] : STEPS;
    this.#items = this.#steps.map((step) => {
      const bar = Object.assign(document.createElement("span"), { className: "bar" });
      const item = document.createElement("li");
      item.append(bar, step);
      return item;
    });
    list.replaceChildren(...this.#items);
  }

  /**
   * @param {Entry} entry
   * @param {string} words
   */
  show(entry, words) {
    const at = entry.phase === "sending" ? 0 : this.#steps.indexOf(STEP_OF_STAGE[entry.task?.stage ?? "queued"]);
    const part = entry.phase === "sending" ? entry.sent : 0;
    this.#items.forEach((item, index) => {
      item.className = index < at ? "past" : index === at ? "present" : "future";
      /** @type {HTMLElement} */ (item.firstElementChild).style.setProperty("--part", String(part));
    });
    this.#list.classList.toggle("uploading", entry.phase === "sending" && entry.origin.kind === "file");
    this.#list.setAttribute("aria-label", `Progress of ${entry.origin.name}`);
    this.#list.setAttribute("aria-valuenow", String(Math.round(((at + part) / this.#steps.length) * 100)));
    this.#list.setAttribute("aria-valuetext", words);
  }
}
