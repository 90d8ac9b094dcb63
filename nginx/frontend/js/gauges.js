/**
 * What the service measures of itself, in figures and charts: the queue, how fast it drains, how tasks fare.
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
import { explain } from "./words.js";

const MOST_SAMPLES = 60;
/** @type {[field: string, words: string][]} */
const STAGES = [
  ["queued", "Wait"],
  ["fetch", "Fetch"],
  ["transform", "Resize"],
  ["store", "Save"],
];

export class Gauges {
  #root;
  /** @type {Overview[]} */
  #samples = [];

  /** @param {HTMLElement} root */
  constructor(root) {
    this.#root = root;
  }

  /** What comes next is not to be seen beside what was before. */
  forget() {
    this.#samples = [];
  }

  /** @param {Overview} sample  The service now. */
  show(sample) {
    this.#samples = [...this.#samples, sample].slice(-MOST_SAMPLES);
    const { queue, oldest_waiting_seconds: oldest, ended_last_minute: ended, workers, lately } = sample;
    this.#write(".waiting", `${queue.waiting + queue.retrying}`);
    const age = oldest ? `; the oldest waits for ${duration(oldest * 1000)}` : "";
    this.#write(".running", `${queue.active} running, ${queue.retrying} to be tried again${age}`);
    this.#write(".workers", workersInWords(workers));
    this.#root.querySelector(".workers")?.classList.toggle("none-alive", workers.alive === 0);
    this.#write(".ended", `${ended}`);
    this.#draw(".queue-chart", ({ queue: at }) => at.waiting + at.active + at.retrying, "Tasks in the queue");
    this.#draw(".ended-chart", ({ ended_last_minute: at }) => at, "Tasks ended per minute");
    this.#showStages(lately);
    this.#showFailures(lately);
  }

  /** @param {Record<string, string>} states  Of each server, by its name. */
  showChecks(states) {
    const rows = Object.entries(states).map(([name, state]) =>
      build("li", { className: state === "ok" ? "check-ok" : "check-away" }, `${name}: ${state}`),
    );
    this.#list(".checks", rows, "Not known.");
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
 * @param {string} words
 * @param {Element} chart
 * @param {string} value
 */
function figure(words, chart, value) {
  const name = build("span", { className: "figure-name", textContent: words });
  const amount = build("span", { className: "figure-value", textContent: value });
  return build("li", { className: "figure" }, name, chart, amount);
}
