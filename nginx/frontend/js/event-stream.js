/**
 * Server-Sent Events of tasks. Read through fetch: an `EventSource` tells neither why it was refused nor that its
 * connection has gone silent.
 *
 * @typedef {object} TaskEvent
 * @property {"message"|"gone"|"end"} kind
 * @property {any} data  A task, or the `task_id` of one that is gone.
 * @property {number} clockAheadMs
 */

import { Unreachable, bodyOf, clockAhead } from "./http.js";
import { withKey } from "./key.js";

/** The service sends a comment every ten seconds; after so long without one the connection is dead. */
const SILENCE_MS = 25_000;

/**
 * The events of some tasks, until all of them have ended.
 * @param {string[]} taskIds
 * @param {{signal: AbortSignal, onOpen: () => void}} options
 * @returns {AsyncGenerator<TaskEvent>}
 * @throws {Unreachable}  The connection broke, or there is none.
 */
export async function* taskEvents(taskIds, { signal, onOpen }) {
  const path = `/events?${taskIds.map((id) => `task_id=${id}`).join("&")}`;
  const { response, header } = await withKey((headers) => open(path, headers, signal), signal);
  if (!response.ok || !response.body) {
    bodyOf({ status: response.status, header, text: await response.text() });
    throw new Unreachable();
  }
  onOpen();
  const clockAheadMs = clockAhead(header("Date"));
  for await (const { kind, data } of eventsOf(linesOf(response.body, signal))) {
    if (kind === "end") return;
    yield { kind: kind === "gone" ? kind : "message", data: JSON.parse(data), clockAheadMs };
  }
  throw new Unreachable();
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
 * @param {AsyncIterable<string>} lines
 * @returns {AsyncGenerator<{kind: string, data: string}>}  See the HTML standard, 9.2.6.
 */
async function* eventsOf(lines) {
  let kind = "message";
  let data = "";
  for await (const line of lines) {
    const [, field, value] = line.match(/^([^:]+): ?(.*)$/) ?? [];
    if (field === "event") kind = value;
    if (field === "data") data = value;
    if (line === "" && data) {
      yield { kind, data };
      [kind, data] = ["message", ""];
    }
  }
}

/**
 * @param {ReadableStream} body
 * @param {AbortSignal} signal
 * @returns {AsyncGenerator<string>}
 */
async function* linesOf(body, signal) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (let part = await read(reader, signal); !part.done; part = await read(reader, signal)) {
      const lines = (rest + part.value).split("\n");
      rest = lines.pop() ?? "";
      yield* lines;
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

/**
 * @param {ReadableStreamDefaultReader<string>} reader
 * @param {AbortSignal} signal
 */
async function read(reader, signal) {
  let timer = 0;
  const silence = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Unreachable()), SILENCE_MS);
  });
  try {
    return await /** @type {Promise<ReadableStreamReadResult<string>>} */ (Promise.race([reader.read(), silence]));
  } catch {
    signal.throwIfAborted();
    throw new Unreachable();
  } finally {
    clearTimeout(timer);
  }
}
