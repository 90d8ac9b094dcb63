/**
 * Talking to the service: what came back, or what went wrong. A `Problem` is the service's own refusal, `Unreachable`
 * means that nobody who could refuse was reached.
 *
 * @typedef {import("./types.js").TaskError & {errors: {field: string, detail: string}[]}} ProblemDetails
 *
 * @typedef {object} Reply  What fetch and XMLHttpRequest have in common.
 * @property {number} status
 * @property {(name: string) => string|null} header
 * @property {string} text
 *
 * @typedef {RequestInit & {signal: AbortSignal, headers?: Record<string, string>}} Init
 */

import { withKey } from "./key.js";

export const ANSWER_SECONDS = 15;
/** Statuses a proxy gives when the service behind it is away. */
const AWAY = new Set([502, 504]);
const OF_KEYS = new Set(["api_key_required", "invalid_api_key", "insufficient_scope"]);
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
 * Send a request with the key of whoever sits at the page.
 * @param {string} path
 * @param {Init} init
 * @param {number} [timeoutSeconds]
 * @returns {Promise<Reply>}
 */
export function call(path, init, timeoutSeconds = ANSWER_SECONDS) {
  const withHeaders = (/** @type {Record<string, string>} */ headers) => ({
    ...init,
    headers: { ...init.headers, ...headers },
  });
  return withKey((headers) => send(path, withHeaders(headers), timeoutSeconds), init.signal);
}

/**
 * Send a request as it is.
 * @param {string} path
 * @param {Init} init
 * @param {number} [timeoutSeconds]
 * @returns {Promise<Reply>}
 */
export async function send(path, init, timeoutSeconds = ANSWER_SECONDS) {
  const signal = AbortSignal.any([init.signal, AbortSignal.timeout(timeoutSeconds * 1000)]);
  try {
    const response = await fetch(path, { cache: "no-store", ...init, signal });
    return { status: response.status, header: (name) => response.headers.get(name), text: await response.text() };
  } catch {
    init.signal.throwIfAborted();
    throw new Unreachable();
  }
}

/**
 * Call, and take what the answer says.
 * @param {string} path
 * @param {Init} init
 * @returns {Promise<any>}
 */
export async function ask(path, init) {
  return bodyOf(await call(path, init));
}

/**
 * What a reply says, as long as it is no refusal.
 * @param {Reply} reply
 * @returns {any}
 */
export function bodyOf({ status, header, text }) {
  if (AWAY.has(status)) throw new Unreachable();
  const body = parse(text);
  if (status < 200 || status > 299) throw new Problem(status, body ?? {}, retryAfter(header("Retry-After")));
  if (body === null) throw new Unreachable();
  return body;
}

/**
 * Whether a refusal is one of who asks, not of what is asked: another key may open the same.
 * @param {{code: string}} problem
 */
export function isOfKeys({ code }) {
  return OF_KEYS.has(code);
}

/**
 * How far the service's clock is ahead of this computer's, in milliseconds.
 * @param {string|null} date  Of the answer.
 */
export function clockAhead(date) {
  return Date.parse(date ?? "") - Date.now() || 0;
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
