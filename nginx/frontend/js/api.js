/**
 * The calls that are about one task. Each answers with the task, or throws a `Problem` or `Unreachable`.
 *
 * @typedef {import("./types.js").Task} Task
 * @typedef {import("./types.js").Wish} Wish
 * @typedef {import("./http.js").Reply} Reply
 *
 * @typedef {object} Answer
 * @property {Task} task
 * @property {string|null} etag
 * @property {number} clockAheadMs  How far the service's clock is ahead of this computer's.
 */

import { ANSWER_SECONDS, Unreachable, bodyOf, call, clockAhead } from "./http.js";
import { withKey } from "./key.js";

/**
 * Hand in a picture by its address.
 * @param {string} url
 * @param {Wish} wish
 * @param {{refresh: boolean, signal: AbortSignal}} options
 * @returns {Promise<Answer>}
 */
export async function queueUrl(url, wish, { refresh, signal }) {
  const body = JSON.stringify({ image_url: url, ...wish, ...(refresh && { refresh }) });
  const headers = { "Content-Type": "application/json" };
  return readAnswer(await call("/queue-task", { method: "POST", headers, body, signal }));
}

/**
 * Hand in a picture as a file.
 * @param {File} file
 * @param {Wish} wish
 * @param {{refresh: boolean, signal: AbortSignal, onSent: (part: number) => void}} options
 * @returns {Promise<Answer>}
 */
export async function queueFile(file, wish, { refresh, signal, onSent }) {
  const form = new FormData();
  const task = JSON.stringify({ ...wish, ...(refresh && { refresh }) });
  form.append("task", new Blob([task], { type: "application/json" }));
  form.append("image", file, file.name);
  return readAnswer(await withKey((headers) => upload(form, headers, { signal, onSent }), signal));
}

/**
 * Through XMLHttpRequest, since fetch tells nothing about an upload's progress.
 * @param {FormData} form
 * @param {Record<string, string>} headers
 * @param {{signal: AbortSignal, onSent: (part: number) => void}} options
 * @returns {Promise<Reply>}
 */
function upload(form, headers, { signal, onSent }) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", "/queue-task");
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => onSent(event.total ? event.loaded / event.total : 0);
    request.onload = () => {
      const header = (/** @type {string} */ name) => request.getResponseHeader(name);
      resolve({ status: request.status, header, text: request.responseText });
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
  const reply = await call(`/task-status/${taskId}`, { headers, signal }, waitSeconds + ANSWER_SECONDS);
  return reply.status === 304 ? null : readAnswer(reply);
}

/**
 * End a task that is pending, for everybody who asked for it.
 * @param {string} taskId
 * @param {{signal: AbortSignal}} options
 * @returns {Promise<Answer>}
 */
export async function cancel(taskId, { signal }) {
  return readAnswer(await call(`/cancel-task/${taskId}`, { method: "POST", signal }));
}

/**
 * @param {Reply} reply
 * @returns {Answer}
 */
function readAnswer(reply) {
  const task = bodyOf(reply);
  if (!task.task_id) throw new Unreachable();
  return { task, etag: reply.header("ETag"), clockAheadMs: clockAhead(reply.header("Date")) };
}
