/**
 * Trying again: what is worth it, after how long, and telling about it.
 *
 * @typedef {import("./types.js").Notice} Notice
 */

import { Problem, Unreachable } from "./http.js";

const LONGEST_PAUSE_SECONDS = 15;
/** How often in a row a service that is busy is asked again before the person decides. */
const BUSY_TRIES = 8;
/** @type {Record<string, Notice["reason"]>} */
const REASON_OF_CODE = { queue_full: "full" };

/**
 * The pause before a call is made again; null when it is not worth it. A lost connection is tried for as long as
 * the page is open: sooner or later the laptop is opened again.
 * @param {unknown} error
 * @param {number} failures  How many came before this one in a row.
 * @param {() => number} [random]
 * @returns {Notice|null}
 */
export function pauseAfter(error, failures, random = Math.random) {
  const backoff = Math.min(LONGEST_PAUSE_SECONDS, 2 ** failures) * (0.75 + random() / 2);
  if (error instanceof Unreachable) return { reason: "offline", seconds: backoff };
  const busy = error instanceof Problem && (error.status === 429 || error.status === 503);
  if (!busy || failures >= BUSY_TRIES) return null;
  return { reason: REASON_OF_CODE[error.code] ?? "busy", seconds: error.retryAfterSeconds ?? backoff };
}

/**
 * Make a call until it is answered or refused for good.
 * @template T
 * @param {() => Promise<T>} attempt
 * @param {{signal: AbortSignal, tell: (notice: Notice|null) => void}} options
 * @returns {Promise<T>}
 */
export async function persist(attempt, { signal, tell }) {
  for (let failures = 0; ; failures += 1) {
    try {
      const answer = await attempt();
      if (failures) tell(null);
      return answer;
    } catch (error) {
      signal.throwIfAborted();
      const pause = pauseAfter(error, failures);
      if (!pause) throw error;
      await countDown(pause, { signal, tell });
    }
  }
}

/**
 * Sit a pause out, telling every second; a connection that comes back ends a pause for a lost one.
 * @param {Notice} pause
 * @param {{signal: AbortSignal, tell: (notice: Notice) => void}} options
 */
export async function countDown({ reason, seconds }, { signal, tell }) {
  const until = Date.now() + seconds * 1000;
  for (let left = seconds * 1000; left > 0; left = until - Date.now()) {
    tell({ reason, seconds: Math.ceil(left / 1000) });
    if ((await pauseOrOnline(Math.min(left, 1000), signal)) && reason === "offline") return;
  }
}

/**
 * @param {number} milliseconds
 * @param {AbortSignal} signal
 * @returns {Promise<boolean>}  Whether the connection came back.
 */
function pauseOrOnline(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const done = new AbortController();
    const end = (/** @type {() => void} */ settle) => () => {
      clearTimeout(timer);
      done.abort();
      settle();
    };
    const timer = setTimeout(
      end(() => resolve(false)),
      milliseconds,
    );
    addEventListener(
      "online",
      end(() => resolve(true)),
      { signal: done.signal },
    );
    signal.addEventListener(
      "abort",
      end(() => reject(signal.reason)),
      { signal: done.signal },
    );
  });
}
