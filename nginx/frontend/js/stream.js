/** Answers that are read while they come, and that have broken off when nothing comes any more. */

import { Unreachable, bodyOf } from "./http.js";
import { withKey } from "./key.js";

/** The service sends something at least every ten seconds; after so long without the connection is dead. */
const SILENCE_MS = 25_000;

/**
 * @param {string} path
 * @param {AbortSignal} signal
 * @returns {Promise<{body: ReadableStream, header: (name: string) => string|null}>}
 * @throws {import("./http.js").Problem}  The service refused.
 */
export async function openStream(path, signal) {
  const { response, header } = await withKey((headers) => open(path, headers, signal), signal);
  if (response.ok && response.body) return { body: response.body, header };
  bodyOf({ status: response.status, header, text: await response.text() });
  throw new Unreachable();
}

/**
 * What comes, part by part.
 * @template T
 * @param {ReadableStream<T>} stream
 * @param {AbortSignal} signal
 * @returns {AsyncGenerator<T>}
 * @throws {Unreachable}  It broke off.
 */
export async function* partsOf(stream, signal) {
  const reader = stream.getReader();
  try {
    for (let part = await read(reader, signal); !part.done; part = await read(reader, signal)) yield part.value;
  } finally {
    reader.cancel().catch(() => {});
  }
}

/**
 * @param {string} path
 * @param {Record<string, string>} headers
 * @param {AbortSignal} signal
 */
async function open(path, headers, signal) {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), SILENCE_MS);
  try {
    const response = await fetch(path, {
      cache: "no-store",
      headers,
      signal: AbortSignal.any([signal, patience.signal]),
    });
    const header = (/** @type {string} */ name) => response.headers.get(name);
    return { response, header, status: response.status };
  } catch {
    signal.throwIfAborted();
    throw new Unreachable();
  } finally {
    clearTimeout(timer);
  }
}

/**
 * @template T
 * @param {ReadableStreamDefaultReader<T>} reader
 * @param {AbortSignal} signal
 */
async function read(reader, signal) {
  let timer = 0;
  const silence = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Unreachable()), SILENCE_MS);
  });
  try {
    return await /** @type {Promise<ReadableStreamReadResult<T>>} */ (Promise.race([reader.read(), silence]));
  } catch {
    signal.throwIfAborted();
    throw new Unreachable();
  } finally {
    clearTimeout(timer);
  }
}
