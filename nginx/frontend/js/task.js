/**
 * One task from the click to its end: hand it in, then follow every change of it.
 *
 * @typedef {import("./types.js").Entry} Entry
 * @typedef {import("./api.js").Answer} Answer
 */

import { Problem, nextChange, queueFile, queueUrl } from "./api.js";
import { giveUp, takeOver } from "./entry.js";
import { persist } from "./patience.js";
import { Slots } from "./slots.js";

const uploads = new Slots(2);
const polls = new Slots(3);
/** Shorter than what proxies on the way usually allow. */
const WAIT_SECONDS = 20;
const CROWDED_WAIT_SECONDS = 1;

/**
 * @typedef {object} Ways
 * @property {boolean} refresh  Make it anew even if the service remembers an end.
 * @property {AbortSignal} signal
 * @property {() => void} onChange
 */

/**
 * Carry an entry to its end; it is changed in place and `onChange` is called each time.
 * @param {Entry} entry
 * @param {Ways} ways
 * @throws {Problem}  The service refuses what was asked (`invalid_request`): a matter of the form, not of this task.
 */
export async function carryOut(entry, ways) {
  const tell = (/** @type {Entry["notice"]} */ notice) => {
    entry.notice = notice;
    ways.onChange();
  };
  const patience = { signal: ways.signal, tell };
  try {
    let etag = null;
    if (!entry.task) etag = learn(entry, await persist(() => handIn(entry, ways), patience), ways);
    while (entry.phase === "working") {
      const known = etag;
      const answer = await persist(() => poll(entry, known, ways), patience);
      if (answer) etag = learn(entry, answer, ways);
    }
  } catch (error) {
    if (ways.signal.aborted) return;
    if (!(error instanceof Problem) || error.code === "invalid_request") throw error;
    giveUp(entry, error);
    ways.onChange();
  }
}

/**
 * @param {Entry} entry
 * @param {Ways} ways
 * @returns {Promise<Answer>}
 */
function handIn(entry, { refresh, signal, onChange }) {
  const { kind, url, file } = entry.origin;
  if (kind === "url") return queueUrl(/** @type {string} */ (url), entry.parameters, { refresh, signal });
  const onSent = (/** @type {number} */ part) => {
    entry.sent = part;
    onChange();
  };
  return uploads.use(() => {
    signal.throwIfAborted();
    return queueFile(/** @type {File} */ (file), entry.parameters, { refresh, signal, onSent });
  });
}

/**
 * @param {Entry} entry
 * @param {string|null} etag
 * @param {Ways} ways
 */
function poll(entry, etag, { signal }) {
  const { task_id: taskId } = /** @type {import("./types.js").Task} */ (entry.task);
  return polls.use(() => {
    signal.throwIfAborted();
    return nextChange(taskId, etag, { waitSeconds: polls.crowded ? CROWDED_WAIT_SECONDS : WAIT_SECONDS, signal });
  });
}

/**
 * @param {Entry} entry
 * @param {Answer} answer
 * @param {Ways} ways
 * @returns {string|null}  Which version of the task is known now.
 */
function learn(entry, answer, { onChange }) {
  takeOver(entry, answer);
  onChange();
  return answer.etag;
}
