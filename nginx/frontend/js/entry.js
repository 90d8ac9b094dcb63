/**
 * What the page knows of one picture, from the click to its end.
 *
 * @typedef {import("./types.js").Entry} Entry
 * @typedef {import("./types.js").Task} Task
 */

const START = {
  phase: /** @type {const} */ ("sending"),
  sent: 0,
  task: null,
  failure: null,
  notice: null,
  keptUntil: null,
};
/** The name the service gives to the only image of a task. */
const ONLY_VARIANT = "image";
/** What the service says of a task whose result is over. */
const GONE = new Set(["task_expired", "task_not_found"]);

/**
 * @param {import("./types.js").Origin} origin
 * @param {import("./types.js").Parameters} parameters
 * @returns {Entry}
 */
export function begin(origin, parameters) {
  return { origin, parameters, ...START };
}

/** @param {Entry} entry */
export function beginAgain(entry) {
  Object.assign(entry, START);
}

/**
 * Take over what the service tells of the task.
 * @param {Entry} entry
 * @param {import("./api.js").Answer} answer
 */
export function takeOver(entry, { task, clockAheadMs }) {
  const variant = task.result?.variants[ONLY_VARIANT];
  entry.task = task;
  entry.keptUntil = task.expires_at ? Date.parse(task.expires_at) - clockAheadMs : null;
  entry.failure = task.error ?? (variant && "error" in variant ? variant.error : null);
  if (task.status === "pending") entry.phase = "working";
  else entry.phase = entry.failure ? "failed" : "done";
}

/**
 * The service would not take the picture, or no longer knows it.
 * @param {Entry} entry
 * @param {import("./api.js").Problem} problem
 */
export function giveUp(entry, { code, title, detail, retryable }) {
  entry.notice = null;
  entry.phase = GONE.has(code) ? "expired" : "failed";
  entry.failure = { code, title, detail, retryable };
}

/**
 * The image that was made, as long as it is there.
 * @param {Entry} entry
 */
export function variantOf({ phase, task }) {
  const variant = task?.result?.variants[ONLY_VARIANT];
  return phase === "done" && variant && !("error" in variant) ? variant : null;
}

/** @param {Entry} entry */
export function isUnderWay({ phase }) {
  return phase === "sending" || phase === "working";
}

/**
 * Whether its source is still at hand: a file chosen before the page was reloaded is not.
 * @param {Entry} entry
 */
export function canRepeat({ origin }) {
  return Boolean(origin.url ?? origin.file);
}

/**
 * Whether a result is gone by now.
 * @param {Entry} entry
 * @param {number} [now]
 */
export function isOver({ phase, keptUntil }, now = Date.now()) {
  return phase === "done" && keptUntil !== null && keptUntil <= now;
}
