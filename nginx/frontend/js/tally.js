/**
 * Where all pictures stand, in one line over them, and whether the service can be reached.
 *
 * @typedef {import("./types.js").Entry} Entry
 */

import { isUnderWay } from "./entry.js";
import { explainNotice } from "./words.js";

/** How long the page says that the connection is back. */
const RELIEF_MS = 6000;
const BACK = "The connection is back.";

export class Tally {
  #line;
  #narrator;
  #wasLost = false;
  #relief = 0;

  /**
   * @param {HTMLElement} line
   * @param {import("./narrator.js").Narrator} narrator
   * @param {() => void} onCancelAll
   */
  constructor(line, narrator, onCancelAll) {
    this.#line = line;
    this.#narrator = narrator;
    this.#find(".cancel-all").addEventListener("click", onCancelAll);
  }

  /** @param {Entry[]} entries */
  show(entries) {
    const underWay = entries.filter(isUnderWay).length;
    const bar = /** @type {HTMLProgressElement} */ (this.#find("progress"));
    this.#find(".counts").textContent = countsInWords(entries);
    bar.max = entries.length;
    bar.value = entries.length - underWay;
    bar.hidden = underWay === 0;
    this.#find(".cancel-all").hidden = underWay < 2;
    this.#showConnection(entries);
    this.#line.hidden = entries.length < 2 && this.#find(".connection").hidden;
  }

  /** @param {Entry[]} entries */
  #showConnection(entries) {
    const lost = entries.find((entry) => entry.notice?.reason === "offline")?.notice;
    const line = this.#find(".connection");
    line.classList.toggle("lost", Boolean(lost));
    if (lost) line.textContent = explainNotice(lost);
    else if (this.#wasLost) this.#tellRelief(line);
    line.hidden = !lost && !this.#relief;
    this.#wasLost = Boolean(lost);
  }

  /** @param {HTMLElement} line */
  #tellRelief(line) {
    line.textContent = BACK;
    this.#narrator.say(BACK);
    clearTimeout(this.#relief);
    this.#relief = setTimeout(() => {
      this.#relief = 0;
      line.hidden = true;
    }, RELIEF_MS);
  }

  /** @param {string} selector */
  #find(selector) {
    return /** @type {HTMLElement} */ (this.#line.querySelector(selector));
  }
}

/**
 * `50 pictures: 12 ready, 36 under way, 2 failed`
 * @param {Entry[]} entries
 */
export function countsInWords(entries) {
  const count = (/** @type {(entry: Entry) => boolean} */ is) => entries.filter(is).length;
  const parts = [
    [count(({ phase }) => phase === "done"), "ready"],
    [count(isUnderWay), "under way"],
    [count(({ phase }) => phase === "failed"), "failed"],
    [count(({ phase }) => phase === "expired"), "expired"],
  ].flatMap(([many, words]) => (many ? [`${many} ${words}`] : []));
  return `${entries.length} pictures: ${parts.join(", ")}`;
}
