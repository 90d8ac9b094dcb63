/**
 * Server-Sent Events of tasks. Read through fetch: an `EventSource` tells neither why it was refused nor that its
 * connection has gone silent.
 *
 * @typedef {object} TaskEvent
 * @property {"message"|"gone"|"end"} kind
 * @property {any} data  A task, or the `task_id` of one that is gone.
 * @property {number} clockAheadMs
 */

import { Unreachable, clockAhead } from "./http.js";
import { openStream, partsOf } from "./stream.js";

/**
 * The events of some tasks, until all of them have ended.
 * @param {string[]} taskIds
 * @param {{signal: AbortSignal, onOpen: () => void}} options
 * @returns {AsyncGenerator<TaskEvent>}
 * @throws {Unreachable}  The connection broke, or there is none.
 */
export async function* taskEvents(taskIds, { signal, onOpen }) {
  const path = `/events?${taskIds.map((id) => `task_id=${id}`).join("&")}`;
  const { body, header } = await openStream(path, signal);
  onOpen();
  const clockAheadMs = clockAhead(header("Date"));
  for await (const { kind, data } of eventsOf(linesOf(body, signal))) {
    if (kind === "end") return;
    yield { kind: kind === "gone" ? kind : "message", data: JSON.parse(data), clockAheadMs };
  }
  throw new Unreachable();
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
  let rest = "";
  for await (const part of partsOf(body.pipeThrough(new TextDecoderStream()), signal)) {
    const lines = (rest + part).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}
