/**
 * One task from the click to its end: hand it in, then hear of every change of it.
 *
 * @typedef {import("./types.js").Entry} Entry
 * @typedef {import("./api.js").Answer} Answer
 */

import { queueFile, queueUrl } from "./api.js";
import { giveUp, takeOver } from "./entry.js";
import { Problem } from "./http.js";
import { persist } from "./patience.js";
import { Slots } from "./slots.js";

/** A browser opens six connections to a server: these, the event stream, and the rest for pictures. */
const uploads = new Slots(2);

/**
 * @typedef {object} Ways
 * @property {boolean} refresh  Make it anew even if the service remembers an end.
 * @property {AbortSignal} signal
 * @property {import("./follower.js").Follower} follower
 * @property {() => void} onChange
 */

/**
 * Carry an entry to its end; it is changed in place and `onChange` is called each time.
 * @param {Entry} entry
 * @param {Ways} ways
 * @throws {Problem}  The service refuses what was asked (`invalid_request`): a matter of the form, not of this task.
 */
export async function carryOut(entry, ways) {
  const { signal, follower, onChange } = ways;
  const tell = (/** @type {Entry["notice"]} */ notice) => {
    entry.notice = notice;
    onChange();
  };
  const onNews = (/** @type {Answer} */ answer) => {
    takeOver(entry, answer);
    onChange();
  };
  try {
    if (!entry.task) onNews(await persist(() => handIn(entry, ways), { signal, tell }));
    if (entry.task && entry.phase === "working") await follower.follow(entry.task.task_id, { signal, tell, onNews });
  } catch (error) {
    if (signal.aborted) return;
    if (!(error instanceof Problem) || error.code === "invalid_request") throw error;
    giveUp(entry, error);
    onChange();
  }
}

/**
 * @param {Entry} entry
 * @param {Ways} ways
 * @returns {Promise<Answer>}
 */
function handIn(entry, { refresh, signal, onChange }) {
  const { kind, url, file } = entry.origin;
  if (kind === "url") return queueUrl(/** @type {string} */ (url), entry.wish, { refresh, signal });
  const onSent = (/** @type {number} */ part) => {
    entry.sent = part;
    onChange();
  };
  return uploads.use(() => {
    signal.throwIfAborted();
    return queueFile(/** @type {File} */ (file), entry.wish, { refresh, signal, onSent });
  });
}
