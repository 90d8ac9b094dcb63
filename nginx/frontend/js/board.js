/**
 * The results, newest first: carries each entry to its end, keeps the list, tells what happened.
 *
 * @typedef {import("./types.js").Entry} Entry
 */

import { cancel } from "./api.js";
import { Card } from "./card.js";
import { begin, beginAgain, canRepeat, isLocked, isOver, isUnderWay, stop, takeOver } from "./entry.js";
import { Problem, Unreachable } from "./http.js";
import { load, save } from "./kept.js";
import { Tally } from "./tally.js";
import { carryOut } from "./task.js";

const EXPIRY_TICK_MS = 5000;
/** With more cards than this each is a line with a small picture. */
const MOST_LARGE = 8;

/**
 * @typedef {object} Place  What the board keeps of an entry.
 * @property {Card} card
 * @property {AbortController} stop
 * @property {boolean} isRechecked  Whether a result that did not load was asked about.
 */

export class Board {
  /** @type {Map<Entry, Place>} */
  #places = new Map();
  /** @type {Entry[]} */
  #entries = [];
  #parts;
  #tally;

  /**
   * @param {object} parts
   * @param {HTMLElement} parts.section
   * @param {HTMLElement} parts.list
   * @param {HTMLElement} parts.empty
   * @param {HTMLElement} parts.clear
   * @param {HTMLElement} parts.tally
   * @param {HTMLTemplateElement} parts.template
   * @param {import("./narrator.js").Narrator} parts.narrator
   * @param {import("./follower.js").Follower} parts.follower
   * @param {(problem: Problem) => void} parts.onRefused  The form has to be corrected.
   */
  constructor(parts) {
    this.#parts = parts;
    this.#tally = new Tally(parts.tally, parts.narrator, () => this.#cancelAll());
    for (const entry of load().reverse()) this.#place(entry);
    for (const entry of this.#entries) if (entry.phase === "working") this.#run(entry, false);
    parts.clear.addEventListener("click", () => this.#clearByHand());
    setInterval(() => this.#expire(), EXPIRY_TICK_MS);
    this.#expire();
  }

  /**
   * Take pictures on and see them through: the first comes to the top, and is the first to be sent.
   * @param {import("./types.js").Origin[]} origins
   * @param {import("./types.js").Wish} wish
   */
  add(origins, wish) {
    const entries = origins.map((origin) => begin(origin, wish));
    for (const entry of entries.toReversed()) this.#place(entry);
    for (const entry of entries) this.#run(entry, false);
  }

  /** Leave nothing, neither here nor in what the browser keeps. */
  clear() {
    for (const entry of [...this.#entries]) this.#remove(entry);
    save(this.#entries);
  }

  /** There is another key: what was refused for want of it goes on. */
  unlock() {
    for (const entry of this.#entries.filter((each) => isLocked(each) && canRepeat(each))) {
      beginAgain(entry);
      this.#changed(entry);
      this.#run(entry, false);
    }
  }

  /** @param {Entry} entry */
  #place(entry) {
    const card = new Card(this.#parts.template, entry, {
      onRemove: () => this.#removeByHand(entry),
      onAgain: () => this.#again(entry),
      onCancel: () => this.#cancel(entry),
      onMissing: () => this.#recheck(entry),
    });
    this.#places.set(entry, { card, stop: new AbortController(), isRechecked: false });
    this.#entries.unshift(entry);
    this.#parts.list.prepend(card.item);
    this.#showCount();
  }

  /**
   * @param {Entry} entry
   * @param {boolean} refresh
   */
  async #run(entry, refresh) {
    const { signal } = this.#at(entry).stop;
    const { follower } = this.#parts;
    try {
      await carryOut(entry, { refresh, signal, follower, onChange: () => this.#changed(entry) });
    } catch (refusal) {
      if (!(refusal instanceof Problem)) throw refusal;
      this.#remove(entry);
      this.#parts.onRefused(refusal);
    }
  }

  /** @param {Entry} entry */
  #changed(entry) {
    if (!this.#places.has(entry)) return;
    this.#at(entry).card.update();
    this.#parts.narrator.tell(entry);
    const twin = this.#entries.find(
      (other) => other !== entry && other.task && other.task.task_id === entry.task?.task_id,
    );
    if (twin) this.#remove(twin);
    this.#tally.show(this.#entries);
    save(this.#entries);
  }

  /** @param {Entry} entry */
  #again(entry) {
    const refresh = entry.phase === "failed";
    beginAgain(entry);
    this.#changed(entry);
    this.#at(entry).card.focus();
    this.#run(entry, refresh);
  }

  /**
   * One that the service does not know yet is only stopped here.
   * @param {Entry} entry
   */
  async #cancel(entry) {
    const place = this.#at(entry);
    place.card.focus();
    place.stop.abort();
    place.stop = new AbortController();
    try {
      if (entry.task) takeOver(entry, await cancel(entry.task.task_id, place.stop));
      else stop(entry);
      this.#changed(entry);
    } catch (error) {
      if (!(error instanceof Problem || error instanceof Unreachable)) return;
      this.#run(entry, false); // It has ended meanwhile, or nobody heard: what holds is what the service says.
    }
  }

  #cancelAll() {
    for (const entry of this.#entries.filter(isUnderWay)) this.#cancel(entry);
    this.#parts.section.focus();
  }

  /**
   * A result that does not load may be gone: ask once.
   * @param {Entry} entry
   */
  #recheck(entry) {
    const place = this.#at(entry);
    if (place.isRechecked) return;
    place.isRechecked = true;
    entry.phase = "working";
    this.#run(entry, false);
  }

  #expire() {
    const over = this.#entries.filter((entry) => isOver(entry));
    for (const entry of over) entry.phase = "expired";
    for (const entry of this.#entries) this.#at(entry).card.update();
    if (over.length) save(this.#entries);
  }

  /** @param {Entry} entry */
  #removeByHand(entry) {
    const index = this.#entries.indexOf(entry);
    this.#remove(entry);
    save(this.#entries);
    const next = this.#entries[Math.min(index, this.#entries.length - 1)];
    if (next) this.#at(next).card.focus();
    else this.#parts.section.focus();
  }

  #clearByHand() {
    this.clear();
    this.#parts.section.focus();
  }

  /** @param {Entry} entry */
  #remove(entry) {
    const { card, stop } = this.#at(entry);
    stop.abort();
    card.dispose();
    this.#places.delete(entry);
    this.#parts.narrator.forget(entry);
    this.#entries = this.#entries.filter((other) => other !== entry);
    this.#showCount();
  }

  #showCount() {
    const count = this.#entries.length;
    this.#parts.empty.hidden = count > 0;
    this.#parts.clear.hidden = count === 0;
    this.#parts.list.classList.toggle("many", count > MOST_LARGE);
    this.#tally.show(this.#entries);
  }

  /** @param {Entry} entry */
  #at(entry) {
    return /** @type {Place} */ (this.#places.get(entry));
  }
}
