/**
 * The service as those who run it want to see it: the queue, how fast it drains, how tasks fare, what was given up.
 *
 * @typedef {object} Overview
 * @property {Record<string, number>} queue
 * @property {number} oldest_waiting_seconds
 * @property {number} ended_last_minute
 * @property {{alive: number, concurrency: number}} workers
 * @property {number} dead_letters
 * @property {Lately|null} lately
 *
 * @typedef {object} Lately
 * @property {number} tasks
 * @property {Record<string, number>} failures
 * @property {Record<string, {p50: number, p95: number}>} stages_ms
 */

import { build } from "./build.js";
import { bar, drawLine } from "./charts.js";
import { duration } from "./format.js";
import { Problem, Unreachable, ask, call, isOfKeys } from "./http.js";
import { explain } from "./words.js";

const TICK_MS = 2000;
const MOST_SAMPLES = 60;
/** @type {[field: string, words: string][]} */
const STAGES = [
  ["queued", "Wait"],
  ["fetch", "Fetch"],
  ["transform", "Resize"],
  ["store", "Save"],
];

export class OperateView {
  #root;
  #deadLetters;
  /** @type {Overview[]} */
  #samples = [];
  #stop = new AbortController();

  /**
   * @param {HTMLElement} root
   * @param {import("./dead-letters.js").DeadLetters} deadLetters
   */
  constructor(root, deadLetters) {
    this.#root = root;
    this.#deadLetters = deadLetters;
  }

  async open() {
    this.close();
    const { signal } = (this.#stop = new AbortController());
    this.#samples = [];
    while (await this.#look(signal)) {
      await new Promise((resolve) => setTimeout(resolve, TICK_MS));
    }
  }

  close() {
    this.#stop.abort();
    this.#hide(false);
    this.#deadLetters.clear();
  }

  /**
   * @param {AbortSignal} signal
   * @returns {Promise<boolean>}  Whether to look again.
   */
  async #look(signal) {
    if (signal.aborted) return false;
    try {
      this.#showChecks(await checks(signal));
      this.#samples = [...this.#samples, await ask("/overview", { signal })].slice(-MOST_SAMPLES);
      this.#show();
      await this.#deadLetters.refresh(signal);
      this.#say("");
    } catch (error) {
      if (signal.aborted) return false;
      if (error instanceof Problem && isOfKeys(error)) return this.#lockOut(error);
      if (error instanceof Unreachable) this.#say("The service cannot be reached. What is shown is from before.");
      else if (error instanceof Problem) this.#say(`${explain(error).title} What is shown is from before.`);
      else throw error;
    }
    return true;
  }

  /** @param {Problem} problem  That stays the same until there is another key. */
  #lockOut(problem) {
    const mayNot = problem.code === "insufficient_scope";
    this.#say(
      mayNot ? "Your key may not operate the service. Give another one with “API key” above." : explain(problem).title,
    );
    this.#hide(true);
    return false;
  }

  /** @param {boolean} isHidden */
  #hide(isHidden) {
    for (const part of this.#root.querySelectorAll(".gauges, #dead-letters"))
      /** @type {HTMLElement} */ (part).hidden = isHidden;
  }

  #show() {
    const now = this.#samples[this.#samples.length - 1];
    const { queue, oldest_waiting_seconds: oldest, ended_last_minute: ended, workers, dead_letters, lately } = now;
    this.#write(".waiting", `${queue.waiting + queue.retrying}`);
    const age = oldest ? `; the oldest waits for ${duration(oldest * 1000)}` : "";
    this.#write(".running", `${queue.active} running, ${queue.retrying} to be tried again${age}`);
    this.#write(".workers", workersInWords(workers));
    this.#root.querySelector(".workers")?.classList.toggle("none-alive", workers.alive === 0);
    this.#write(".ended", `${ended}`);
    this.#write(".letters", `${dead_letters}`);
    this.#draw(".queue-chart", ({ queue: at }) => at.waiting + at.active + at.retrying, "Tasks in the queue");
    this.#draw(".ended-chart", ({ ended_last_minute: at }) => at, "Tasks ended per minute");
    this.#showStages(lately);
    this.#showFailures(lately);
  }

  /**
   * @param {string} selector
   * @param {(sample: Overview) => number} valueOf
   * @param {string} label
   */
  #draw(selector, valueOf, label) {
    const chart = /** @type {SVGElement} */ (this.#root.querySelector(selector));
    drawLine(chart, this.#samples.map(valueOf), MOST_SAMPLES, label);
  }

  /** @param {Lately|null} lately */
  #showStages(lately) {
    const stages = lately?.stages_ms ?? {};
    const longest = Math.max(1, ...Object.values(stages).map(({ p95 }) => p95));
    const rows = STAGES.filter(([field]) => field in stages).map(([field, words]) => {
      const { p50, p95 } = stages[field];
      return figure(words, bar(p50 / longest, p95 / longest), `${duration(p50)}, 95 %: ${duration(p95)}`);
    });
    this.#list(".stage-times", rows, lately ? "Nothing was made in the last hour." : "The history is away.");
  }

  /** @param {Lately|null} lately */
  #showFailures(lately) {
    const failures = Object.entries(lately?.failures ?? {});
    const most = Math.max(1, ...failures.map(([, count]) => count));
    const rows = failures.map(([code, count]) =>
      figure(explain({ code, title: code, detail: "" }).title, bar(count / most), `${count}`),
    );
    this.#write(".failures-of", lately ? lastTasks(lately.tasks) : "");
    this.#list(".failures", rows, lately ? "None failed." : "The history is away.");
  }

  /**
   * @param {string} selector
   * @param {HTMLElement[]} rows
   * @param {string} otherwise
   */
  #list(selector, rows, otherwise) {
    const list = /** @type {HTMLElement} */ (this.#root.querySelector(selector));
    list.replaceChildren(...(rows.length ? rows : [build("li", { className: "hint", textContent: otherwise })]));
  }

  /** @param {Record<string, string>} states */
  #showChecks(states) {
    const rows = Object.entries(states).map(([name, state]) =>
      build("li", { className: state === "ok" ? "check-ok" : "check-away" }, `${name}: ${state}`),
    );
    this.#list(".checks", rows, "Not known.");
  }

  /** @param {string} words */
  #say(words) {
    const message = /** @type {HTMLElement} */ (this.#root.querySelector(".operate-message"));
    if (message.textContent !== words) message.textContent = words;
    message.hidden = !words;
  }

  /**
   * @param {string} selector
   * @param {string} words
   */
  #write(selector, words) {
    /** @type {HTMLElement} */ (this.#root.querySelector(selector)).textContent = words;
  }
}

/** @param {Overview["workers"]} workers */
function workersInWords({ alive, concurrency }) {
  if (alive === 0) return "No worker is alive: nothing is made.";
  return `${alive} ${alive === 1 ? "worker" : "workers"}, for up to ${concurrency} tasks at once`;
}

/** @param {number} count */
function lastTasks(count) {
  if (count === 0) return "";
  return count === 1 ? "Of the last task" : `Of the last ${count} tasks`;
}

/**
 * The state of each server behind the service, whether it is ready or not.
 * @param {AbortSignal} signal
 * @returns {Promise<Record<string, string>>}
 */
async function checks(signal) {
  const reply = await call("/ready", { signal });
  return reply.header("Content-Type")?.includes("json") ? (JSON.parse(reply.text).checks ?? {}) : {};
}

/**
 * @param {string} words
 * @param {Element} chart
 * @param {string} value
 */
function figure(words, chart, value) {
  const name = build("span", { className: "figure-name", textContent: words });
  const amount = build("span", { className: "figure-value", textContent: value });
  return build("li", { className: "figure" }, name, chart, amount);
}
