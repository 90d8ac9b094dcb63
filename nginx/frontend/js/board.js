/**
 * The results: carries each entry to its end, and tells what happened.
 *
 * @typedef {import("./types.js").Entry} Entry
 */

import { cancel } from "./api.js";
import { Card } from "./card.js";
import { begin, beginAgain, canRepeat, isLocked, isOver, isUnderWay, stop, takeOver } from "./entry.js";
import { Problem, Unreachable } from "./http.js";
import { load } from "./kept.js";
import { Shelf } from "./shelf.js";
import { Tally } from "./tally.js";
import { carryOut } from "./task.js";

const EXPIRY_TICK_MS = 5000;

export class Board {
  #parts;
  #shelf;

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
    const tally = new Tally(parts.tally, parts.narrator, () => this.#cancelAll());
    this.#shelf = new Shelf({ list: parts.list, empty: parts.empty, clear: parts.clear, tally });
    for (const entry of load().reverse()) this.#place(entry);
    for (const entry of this.#shelf.entries) if (entry.phase === "working") this.#run(entry, false);
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
    for (const entry of this.#shelf.entries) this.#remove(entry);
    this.#shelf.keep();
  }

  /** There is another key: what was refused for want of it goes on. */
  unlock() {
    for (const entry of this.#shelf.entries.filter((each) => isLocked(each) && canRepeat(each))) {
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
    this.#shelf.put(entry, card);
  }

  /**
   * @param {Entry} entry
   * @param {boolean} refresh
   */
  async #run(entry, refresh) {
    const { signal } = this.#shelf.at(entry).stop;
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
    if (!this.#shelf.has(entry)) return;
    this.#shelf.at(entry).card.update();
    this.#parts.narrator.tell(entry);
    const twin = this.#shelf.twinOf(entry);
    if (twin) this.#remove(twin);
    this.#shelf.show();
    this.#shelf.keep();
  }

  /** @param {Entry} entry */
  #again(entry) {
    const refresh = entry.phase === "failed";
    beginAgain(entry);
    this.#changed(entry);
    this.#shelf.at(entry).card.focus();
    this.#run(entry, refresh);
  }

  /**
   * One that the service does not know yet is only stopped here.
   * @param {Entry} entry
   */
  async #cancel(entry) {
    const place = this.#shelf.at(entry);
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
    for (const entry of this.#shelf.entries.filter(isUnderWay)) this.#cancel(entry);
    this.#parts.section.focus();
  }

  /**
   * A result that does not load may be gone: ask once.
   * @param {Entry} entry
   */
  #recheck(entry) {
    const place = this.#shelf.at(entry);
    if (place.isRechecked) return;
    place.isRechecked = true;
    entry.phase = "working";
    this.#run(entry, false);
  }

  #expire() {
    const over = this.#shelf.entries.filter((entry) => isOver(entry));
    for (const entry of over) entry.phase = "expired";
    for (const entry of this.#shelf.entries) this.#shelf.at(entry).card.update();
    if (over.length) this.#shelf.keep();
  }

  /** @param {Entry} entry */
  #removeByHand(entry) {
    const index = this.#shelf.entries.indexOf(entry);
    this.#remove(entry);
    this.#shelf.keep();
    const left = this.#shelf.entries;
    const next = left[Math.min(index, left.length - 1)];
    if (next) this.#shelf.at(next).card.focus();
    else this.#parts.section.focus();
  }

  #clearByHand() {
    this.clear();
    this.#parts.section.focus();
  }

  /** @param {Entry} entry */
  #remove(entry) {
    this.#shelf.remove(entry);
    this.#parts.narrator.forget(entry);
  }
}
