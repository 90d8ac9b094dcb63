/**
 * The calls to the service. Each answers with a task, or throws what went wrong: a `Problem` is the service's own
 * refusal, `Unreachable` means that nobody who could refuse was reached.
 *
 * @typedef {import("./types.js").Task} Task
 * @typedef {import("./types.js").Parameters} Parameters
 *
 * @typedef {object} Answer
 * @property {Task} task
 * @property {string|null} etag
 * @property {number} clockAheadMs  How far the service's clock is ahead of this computer's.
 *
 * @typedef {import("./types.js").TaskError & {errors: {field: string, detail: string}[]}} ProblemDetails
 *
 * @typedef {object} Reply  What fetch and XMLHttpRequest have in common.
 * @property {number} status
 * @property {(name: string) => string|null} header
 * @property {string} text
 */

const ANSWER_SLACK_SECONDS = 15;
/** Statuses a proxy gives when the service behind it is away. */
const AWAY = new Set([502, 504]);
/** What a bare status means, where a proxy answers without the service's words. */
const CODE_OF_STATUS = new Map([
  [404, "task_not_found"],
  [413, "request_too_large"],
  [429, "rate_limited"],
  [503, "queue_unavailable"],
]);

/** No answer came: the connection is lost, or the service is away. */
export class Unreachable extends Error {}

/** The service refused, in its own words (RFC 9457 problem details). */
export class Problem extends Error {
  /**
   * @param {number} status
   * @param {Partial<ProblemDetails>} body
   * @param {number|null} retryAfterSeconds
   */
  constructor(status, body, retryAfterSeconds) {
    const title = body.title ?? `The service answered with status ${status}`;
    super(title);
    this.status = status;
    this.code = body.code ?? CODE_OF_STATUS.get(status) ?? "internal_error";
    this.title = title;
    this.detail = body.detail ?? "";
    this.retryable = body.retryable ?? status >= 500;
    this.errors = body.errors ?? [];
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/**
 * Hand in a picture by its address.
 * @param {string} url
 * @param {Parameters} parameters
 * @param {{refresh: boolean, signal: AbortSignal}} options
 * @returns {Promise<Answer>}
 */
export async function queueUrl(url, parameters, { refresh, signal }) {
  const body = JSON.stringify({ image_url: url, parameters, ...(refresh && { refresh }) });
  const headers = { "Content-Type": "application/json" };
  return readAnswer(await call("/queue-task", { method: "POST", headers, body, signal }, ANSWER_SLACK_SECONDS));
}

/**
 * Hand in a picture as a file. Through XMLHttpRequest, since fetch tells nothing about an upload's progress.
 * @param {File} file
 * @param {Parameters} parameters
 * @param {{refresh: boolean, signal: AbortSignal, onSent: (part: number) => void}} options
 * @returns {Promise<Answer>}
 */
export function queueFile(file, parameters, { refresh, signal, onSent }) {
  const form = new FormData();
  const task = JSON.stringify({ parameters, ...(refresh && { refresh }) });
  form.append("task", new Blob([task], { type: "application/json" }));
  form.append("image", file, file.name);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", "/queue-task");
    request.upload.onprogress = (event) => onSent(event.total ? event.loaded / event.total : 0);
    request.onload = () => {
      const header = (/** @type {string} */ name) => request.getResponseHeader(name);
      try {
        resolve(readAnswer({ status: request.status, header, text: request.responseText }));
      } catch (error) {
        reject(error);
      }
    };
    request.onerror = () => reject(new Unreachable());
    request.onabort = () => reject(signal.reason);
    signal.addEventListener("abort", () => request.abort(), { once: true });
    request.send(form);
  });
}

/**
 * Wait until a task differs from what is known of it.
 * @param {string} taskId
 * @param {string|null} etag  What is known; null answers at once.
 * @param {{waitSeconds: number, signal: AbortSignal}} options
 * @returns {Promise<Answer|null>}  Null: nothing changed in that time.
 */
export async function nextChange(taskId, etag, { waitSeconds, signal }) {
  const headers = etag ? { Prefer: `wait=${waitSeconds}`, "If-None-Match": etag } : undefined;
  const reply = await call(
    `/task-status/${taskId}`,
    { headers, signal, cache: "no-store" },
    waitSeconds + ANSWER_SLACK_SECONDS,
  );
  return reply.status === 304 ? null : readAnswer(reply);
}

/**
 * @param {string} path
 * @param {RequestInit & {signal: AbortSignal}} init
 * @param {number} timeoutSeconds
 * @returns {Promise<Reply>}
 */
async function call(path, init, timeoutSeconds) {
  const signal = AbortSignal.any([init.signal, AbortSignal.timeout(timeoutSeconds * 1000)]);
  try {
    const response = await fetch(path, { ...init, signal });
    return { status: response.status, header: (name) => response.headers.get(name), text: await response.text() };
  } catch {
    init.signal.throwIfAborted();
    throw new Unreachable();
  }
}

/**
 * @param {Reply} reply
 * @returns {Answer}
 */
function readAnswer({ status, header, text }) {
  if (AWAY.has(status)) throw new Unreachable();
  const body = parse(text);
  if (status < 200 || status > 299) throw new Problem(status, body ?? {}, retryAfter(header("Retry-After")));
  if (!body?.task_id) throw new Unreachable();
  const clockAheadMs = Date.parse(header("Date") ?? "") - Date.now() || 0;
  return { task: body, etag: header("ETag"), clockAheadMs };
}

/** @param {string} text */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** @param {string|null} value  Seconds, the form the service uses. */
function retryAfter(value) {
  return value && /^\d+$/.test(value) ? Number(value) : null;
}
