/**
 * Tells screen readers what happens: the last word on each picture, several in one breath.
 *
 * @typedef {import("./types.js").Entry} Entry
 */

import { variantOf } from "./entry.js";
import { dimensions, saved, size } from "./format.js";
import { countsInWords } from "./tally.js";
import { explain, explainNotice, explainStage } from "./words.js";

const BREATH_MS = 400;
/** News of more pictures than this are summed up. */
const MOST_IN_A_BREATH = 3;

export class Narrator {
  #line;
  /** @type {WeakMap<Entry, string>} */
  #told = new WeakMap();
  /** @type {Map<Entry, string>} */
  #untold = new Map();
  /** @type {string[]} */
  #sentences = [];
  #timer = 0;

  /** @param {HTMLElement} line  A polite live region. */
  constructor(line) {
    this.#line = line;
  }

  /**
   * Say what is new of a picture, but not each second of a pause, nor each percent of an upload.
   * @param {Entry} entry
   */
  tell(entry) {
    const news = [entry.phase, entry.task?.stage, entry.notice?.reason].join();
    if (news === this.#told.get(entry)) return;
    this.#told.set(entry, news);
    this.#untold.set(entry, `${entry.origin.name}: ${inWords(entry)}`);
    this.#breathe();
  }

  /**
   * Nothing more is said of a picture that is gone.
   * @param {Entry} entry
   */
  forget(entry) {
    this.#untold.delete(entry);
  }

  /**
   * Say something that is not about one picture.
   * @param {string} sentence
   */
  say(sentence) {
    this.#sentences.push(sentence);
    this.#breathe();
  }

  #breathe() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      const isMuch = this.#untold.size > MOST_IN_A_BREATH;
      const news = isMuch ? [`${countsInWords([...this.#untold.keys()])}.`] : this.#untold.values();
      this.#line.textContent = [...this.#sentences, ...news].join(" ");
      this.#untold.clear();
      this.#sentences = [];
    }, BREATH_MS);
  }
}

/** @param {Entry} entry */
function inWords(entry) {
  if (entry.notice) return explainNotice(entry.notice);
  if (entry.phase === "expired" || entry.failure)
    return explain(entry.failure ?? { code: "task_expired", title: "", detail: "" }).title;
  const variant = variantOf(entry);
  if (!variant) return `${explainStage(entry)}.`;
  const originalBytes = entry.task?.source.bytes;
  const parts = [
    dimensions(variant.width, variant.height),
    size(variant.bytes),
    originalBytes ? saved(variant.bytes, originalBytes) : "",
  ];
  return `Ready: ${parts.filter(Boolean).join(", ")}.`;
}
