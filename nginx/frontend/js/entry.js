/**
 * What the page knows of one picture, from the click to its end.
 *
 * @typedef {import("./types.js").Entry} Entry
 * @typedef {import("./types.js").Task} Task
 */

import { isOfKeys } from "./http.js";

const START = {
  phase: /** @type {const} */ ("sending"),
  sent: 0,
  task: null,
  failure: null,
  notice: null,
  keptUntil: null,
};
/** The width of a preview, where a set has several to show. */
const PREVIEW_WIDTH = 960;
const CANCELED = { code: "canceled", title: "The task was canceled", detail: "", retryable: false };
/** What the service says of a task whose result is over. */
const GONE = new Set(["task_expired", "task_not_found"]);

/**
 * @param {import("./types.js").Origin} origin
 * @param {import("./types.js").Wish} wish
 * @returns {Entry}
 */
export function begin(origin, wish) {
  return { origin, wish, ...START };
}

/** @param {Entry} entry */
export function beginAgain(entry) {
  const goesOn = isOutOfSight(entry) && { task: entry.task, phase: /** @type {const} */ ("working") };
  Object.assign(entry, START, goesOn);
}

/**
 * Take over what the service tells of the task.
 * @param {Entry} entry
 * @param {import("./api.js").Answer} answer
 */
export function takeOver(entry, { task, clockAheadMs }) {
  const variants = Object.values(task.result?.variants ?? {});
  const failed = variants.find((variant) => "error" in variant);
  entry.task = task;
  entry.keptUntil = task.expires_at ? Date.parse(task.expires_at) - clockAheadMs : null;
  entry.failure = task.error ?? (variants.every((variant) => "error" in variant) ? (failed?.error ?? null) : null);
  if (task.status === "pending") entry.phase = "working";
  else entry.phase = entry.failure ? "failed" : "done";
}

/**
 * The service would not take the picture, or no longer knows it.
 * @param {Entry} entry
 * @param {import("./http.js").Problem} problem
 */
export function giveUp(entry, { code, title, detail, retryable }) {
  entry.notice = null;
  entry.phase = GONE.has(code) ? "expired" : "failed";
  entry.failure = { code, title, detail, retryable };
}

/**
 * It was stopped before the service had heard of it.
 * @param {Entry} entry
 */
export function stop(entry) {
  Object.assign(entry, { phase: "failed", notice: null, failure: CANCELED });
}

/**
 * The images that were made, as long as they are there.
 * @param {Entry} entry
 * @returns {import("./types.js").Variant[]}
 */
export function variantsOf({ phase, task }) {
  const all = phase === "done" ? Object.values(task?.result?.variants ?? {}) : [];
  return all.flatMap((variant) => ("error" in variant ? [] : [variant]));
}

/**
 * The image to show: the only one, or of a set the one that suits a preview.
 * @param {Entry} entry
 * @returns {import("./types.js").Variant|null}
 */
export function variantOf(entry) {
  const away = (/** @type {import("./types.js").Variant} */ variant) => Math.abs(variant.width - PREVIEW_WIDTH);
  return variantsOf(entry).sort((one, other) => away(one) - away(other))[0] ?? null;
}

/** @param {Entry} entry */
export function isCanceled({ failure }) {
  return failure?.code === "canceled";
}

/**
 * Whether only the key is in the way.
 * @param {Entry} entry
 */
export function isLocked({ failure }) {
  return failure !== null && isOfKeys(failure);
}

/**
 * Whether it is being made, but the key does not let us see.
 * @param {Entry} entry
 */
export function isOutOfSight(entry) {
  return isLocked(entry) && entry.task?.status === "pending";
}

/** @param {Entry} entry */
export function isUnderWay({ phase }) {
  return phase === "sending" || phase === "working";
}

/**
 * Whether its source is still at hand, or not needed: a file chosen before the page was reloaded is not.
 * @param {Entry} entry
 */
export function canRepeat(entry) {
  return Boolean(entry.origin.url ?? entry.origin.file) || isOutOfSight(entry);
}

/**
 * Whether a result is gone by now.
 * @param {Entry} entry
 * @param {number} [now]
 */
export function isOver({ phase, keptUntil }, now = Date.now()) {
  return phase === "done" && keptUntil !== null && keptUntil <= now;
}
