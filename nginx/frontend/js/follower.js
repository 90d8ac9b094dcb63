/**
 * Follows every task under way through one event stream, and by long polls while the service has no stream to give.
 *
 * @typedef {import("./api.js").Answer} Answer
 * @typedef {import("./types.js").Notice} Notice
 *
 * @typedef {object} Listener
 * @property {AbortSignal} signal
 * @property {(answer: Answer) => void} onNews
 * @property {(notice: Notice|null) => void} tell
 *
 * @typedef {object} Followed
 * @property {string} taskId
 * @property {Listener} listener
 * @property {(error?: unknown) => void} end
 */

import { nextChange } from "./api.js";
import { taskEvents } from "./event-stream.js";
import { Problem, Unreachable, isOfKeys } from "./http.js";
import { countDown, pauseAfter, persist } from "./patience.js";
import { Slots } from "./slots.js";

/** What the service follows in one stream. */
const MOST_TASKS = 100;
/** Tasks that come in this time join the stream together: for each time it is opened anew. */
const GATHER_MS = 250;
/** How long the service is polled before it is asked for a stream again. */
const POLL_SECONDS = 10;
/** Shorter than what proxies on the way usually allow. */
const WAIT_SECONDS = 20;
const CROWDED_WAIT_SECONDS = 1;

export class Follower {
  /** @type {Set<Followed>} */
  #followed = new Set();
  #polls = new Slots(3);
  #isRunning = false;
  #round = new AbortController();
  /** @type {Set<string>} */
  #streamed = new Set();
  #gathering = 0;

  /**
   * Hear of a task until it has ended.
   * @param {string} taskId
   * @param {Listener} listener
   * @returns {Promise<void>}
   * @throws {Problem}  The service does not know it any more.
   */
  follow(taskId, listener) {
    return new Promise((resolve, reject) => {
      const followed = {
        taskId,
        listener,
        end: (/** @type {unknown} */ error) => {
          this.#leave(followed);
          if (error) reject(error);
          else resolve();
        },
      };
      const { signal } = listener;
      signal.throwIfAborted();
      signal.addEventListener("abort", () => followed.end(signal.reason), { once: true });
      this.#followed.add(followed);
      this.#welcome(followed);
    });
  }

  /** @param {Followed} followed */
  #welcome({ taskId }) {
    if (!this.#isRunning) this.#run();
    else if (!this.#streamed.has(taskId) && this.#streamed.size < MOST_TASKS && !this.#gathering)
      this.#gathering = setTimeout(() => this.#round.abort(), GATHER_MS);
  }

  /** @param {Followed} followed */
  #leave(followed) {
    this.#followed.delete(followed);
    if (this.#followed.size === 0) this.#round.abort();
  }

  async #run() {
    this.#isRunning = true;
    for (let failures = 0; this.#followed.size; ) {
      this.#round = new AbortController();
      clearTimeout(this.#gathering);
      this.#gathering = 0;
      const { signal } = this.#round;
      const onOpen = () => {
        if (failures) this.#tell(null);
        failures = 0;
      };
      try {
        await this.#stream({ signal, onOpen });
      } catch (error) {
        if (signal.aborted) continue;
        if (error instanceof Unreachable) await this.#pause(error, failures++);
        else if (error instanceof Problem && isOfKeys(error)) this.#endAll(error);
        else if (error instanceof Problem) await this.#pollAll(error.retryAfterSeconds ?? POLL_SECONDS);
        else throw error;
      }
    }
    this.#isRunning = false;
  }

  /** @param {{signal: AbortSignal, onOpen: () => void}} options */
  async #stream(options) {
    const taskIds = [...new Set([...this.#followed].map(({ taskId }) => taskId))].slice(0, MOST_TASKS);
    this.#streamed = new Set(taskIds);
    for await (const { kind, data, clockAheadMs } of taskEvents(taskIds, options)) {
      for (const followed of this.#of(data.task_id)) {
        if (kind === "gone") this.#pollOne(followed, options.signal);
        else this.#hear(followed, { task: data, etag: null, clockAheadMs });
      }
    }
  }

  /** @param {Problem} problem  That no other way of asking would help with. */
  #endAll(problem) {
    for (const followed of [...this.#followed]) followed.end(problem);
  }

  /** @param {number} seconds */
  async #pollAll(seconds) {
    const signal = AbortSignal.any([this.#round.signal, AbortSignal.timeout(seconds * 1000)]);
    await Promise.all([...this.#followed].map((followed) => this.#pollOne(followed, signal)));
  }

  /**
   * @param {Followed} followed
   * @param {AbortSignal} signal
   */
  async #pollOne(followed, signal) {
    const { taskId, listener } = followed;
    try {
      for (let etag = null; this.#followed.has(followed); ) {
        const known = /** @type {string|null} */ (etag);
        const answer = await persist(() => this.#poll(taskId, known, signal), { signal, tell: listener.tell });
        if (!answer) continue;
        etag = answer.etag;
        this.#hear(followed, answer);
      }
    } catch (error) {
      if (!signal.aborted) followed.end(error);
    }
  }

  /**
   * @param {string} taskId
   * @param {string|null} etag
   * @param {AbortSignal} signal
   */
  #poll(taskId, etag, signal) {
    return this.#polls.use(() => {
      signal.throwIfAborted();
      const waitSeconds = this.#polls.crowded ? CROWDED_WAIT_SECONDS : WAIT_SECONDS;
      return nextChange(taskId, etag, { waitSeconds, signal });
    });
  }

  /**
   * @param {Unreachable} error
   * @param {number} failures
   */
  async #pause(error, failures) {
    const pause = /** @type {Notice} */ (pauseAfter(error, failures));
    await countDown(pause, { signal: new AbortController().signal, tell: (notice) => this.#tell(notice) });
  }

  /**
   * @param {Followed} followed
   * @param {Answer} answer
   */
  #hear(followed, answer) {
    followed.listener.onNews(answer);
    if (answer.task.status !== "pending") followed.end();
  }

  /** @param {Notice|null} notice */
  #tell(notice) {
    for (const { listener } of this.#followed) listener.tell(notice);
  }

  /** @param {string} taskId */
  #of(taskId) {
    return [...this.#followed].filter((followed) => followed.taskId === taskId);
  }
}
