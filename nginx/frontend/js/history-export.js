/**
 * Saves the history as a file. Read here, not followed as a link: a link carries no key, and what the service refuses
 * would be saved as if it were the history.
 */

import { Problem } from "./http.js";
import { openStream, partsOf } from "./stream.js";

const FILE = "task-history.ndjson";
/** What a page may ask a browser to hold: about 200,000 tasks. */
const MOST_BYTES = 200_000_000;
/** The last line is looked for in these. */
const END_BYTES = 100_000;

/** There is more than a browser should hold. */
export class TooMuch extends Error {}

/**
 * @param {URLSearchParams} filters
 * @param {{signal: AbortSignal, onBytes: (bytes: number) => void}} options
 * @returns {Promise<number>}  Bytes; 0 if nothing matches, and then nothing is saved.
 * @throws {Problem}  The service refused, or could not go on.
 */
export async function saveHistory(filters, { signal, onBytes }) {
  const { body } = await openStream(`/task-history/export?${filters}`, signal);
  const parts = [];
  let bytes = 0;
  for await (const part of partsOf(body, signal)) {
    parts.push(part);
    bytes += part.byteLength;
    if (bytes > MOST_BYTES) throw new TooMuch();
    onBytes(bytes);
  }
  const file = new Blob(parts, { type: "application/x-ndjson" });
  await checkEnd(file);
  if (bytes) save(file);
  return bytes;
}

/**
 * What kept the service from going on stands in the last line.
 * @param {Blob} file
 */
async function checkEnd(file) {
  const line = (await file.slice(-END_BYTES).text()).trimEnd().split("\n").pop() ?? "";
  if (!line.includes('"urn:pixelmill:problem:')) return;
  const { code, status, ...rest } = JSON.parse(line);
  if (code) throw new Problem(status, { code, ...rest }, null);
}

/** @param {Blob} file */
function save(file) {
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(file), download: FILE });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href));
}
