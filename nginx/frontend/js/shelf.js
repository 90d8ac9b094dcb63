/**
 * The results that are there, newest first, each with its card; kept in this browser.
 *
 * @typedef {import("./types.js").Entry} Entry
 *
 * @typedef {object} Place  What is kept of an entry.
 * @property {import("./card.js").Card} card
 * @property {AbortController} stop
 * @property {boolean} isRechecked  Whether a result that did not load was asked about.
 */

import { save } from "./kept.js";

/** With more cards than this each is a line with a small picture. */
const MOST_LARGE = 8;

export class Shelf {
  /** @type {Map<Entry, Place>} */
  #places = new Map();
  /** @type {Entry[]} */
  #entries = [];
  #parts;

  /**
   * @param {object} parts
   * @param {HTMLElement} parts.list
   * @param {HTMLElement} parts.empty
   * @param {HTMLElement} parts.clear
   * @param {import("./tally.js").Tally} parts.tally
   */
  constructor(parts) {
    this.#parts = parts;
  }

  /** A copy: it stays what it is while entries come and go. */
  get entries() {
    return [...this.#entries];
  }

  /** Keep them for the next visit. */
  keep() {
    save(this.#entries);
  }

  /**
   * Put an entry on top.
   * @param {Entry} entry
   * @param {import("./card.js").Card} card
   */
  put(entry, card) {
    this.#places.set(entry, { card, stop: new AbortController(), isRechecked: false });
    this.#entries.unshift(entry);
    this.#parts.list.prepend(card.item);
    this.show();
  }

  /** @param {Entry} entry */
  remove(entry) {
    const { card, stop } = this.at(entry);
    stop.abort();
    card.dispose();
    this.#places.delete(entry);
    this.#entries = this.#entries.filter((other) => other !== entry);
    this.show();
  }

  /** @param {Entry} entry */
  has(entry) {
    return this.#places.has(entry);
  }

  /** @param {Entry} entry */
  at(entry) {
    return /** @type {Place} */ (this.#places.get(entry));
  }

  /**
   * Another entry of the same task.
   * @param {Entry} entry
   */
  twinOf(entry) {
    return this.#entries.find((other) => other !== entry && other.task && other.task.task_id === entry.task?.task_id);
  }

  /** How many there are, and where they stand. */
  show() {
    const count = this.#entries.length;
    this.#parts.empty.hidden = count > 0;
    this.#parts.clear.hidden = count === 0;
    this.#parts.list.classList.toggle("many", count > MOST_LARGE);
    this.#parts.tally.show(this.#entries);
  }
}
