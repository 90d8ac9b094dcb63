/**
 * The last results, kept in this browser over a reload.
 *
 * @typedef {import("./types.js").Entry} Entry
 */

import { recall, remember } from "./storage.js";

const KEPT = "pixelmill.results.2";
const MOST_ENTRIES = 60;

/**
 * Keep the entries that have a task; before that there is nothing to come back to.
 * @param {Entry[]} entries  Newest first.
 */
export function save(entries) {
  const worth = entries.filter((entry) => entry.task).slice(0, MOST_ENTRIES);
  remember(
    KEPT,
    worth.map((entry) => {
      const { kind, name, url } = entry.origin;
      return { ...entry, origin: { kind, name, url }, notice: null };
    }),
  );
}

/** @returns {Entry[]} */
export function load() {
  const kept = recall(KEPT);
  return Array.isArray(kept) ? kept.filter((entry) => entry?.task?.task_id && entry.origin?.name && entry.wish) : [];
}
