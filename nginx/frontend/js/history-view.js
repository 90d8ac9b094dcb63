/**
 * The history: what was asked of the service, searched by source and status, page by page.
 *
 * @typedef {{tasks: import("./types.js").Task[], next_cursor: string|null}} HistoryPage
 */

import { Problem, Unreachable, ask } from "./http.js";
import { taskRow } from "./trail-row.js";
import { explain } from "./words.js";

const PAGE_TASKS = 25;
const UNREACHABLE = "The service cannot be reached. Try again in a moment.";

export class HistoryView {
  #root;
  #narrator;
  /** @type {string|null} */
  #cursor = null;
  #stop = new AbortController();

  /**
   * @param {HTMLElement} root
   * @param {import("./narrator.js").Narrator} narrator
   */
  constructor(root, narrator) {
    this.#root = root;
    this.#narrator = narrator;
    this.#find("form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.open();
    });
    this.#find("select").addEventListener("change", () => this.open());
    this.#find(".more").addEventListener("click", () => this.#load());
  }

  open() {
    this.close();
    return this.#load();
  }

  close() {
    this.#stop.abort();
    this.#stop = new AbortController();
    this.#cursor = null;
    this.#find("ol").replaceChildren();
    this.#find(".more").hidden = true;
  }

  async #load() {
    const { signal } = this.#stop;
    this.#root.setAttribute("aria-busy", "true");
    this.#say("");
    try {
      this.#show(await ask(`/task-history?${this.#query()}`, { signal }));
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Unreachable) this.#say(UNREACHABLE);
      else if (error instanceof Problem) this.#say(refusalInWords(error));
      else throw error;
    }
    this.#root.removeAttribute("aria-busy");
  }

  #query() {
    const source = /** @type {HTMLInputElement} */ (this.#find("input")).value.trim();
    const status = /** @type {HTMLSelectElement} */ (this.#find("select")).value;
    return new URLSearchParams({
      limit: String(PAGE_TASKS),
      ...(source && (isIdentity(source) ? { source } : { host: source })),
      ...(status && { status }),
      ...(this.#cursor && { cursor: this.#cursor }),
    });
  }

  /** @param {HistoryPage} page */
  #show({ tasks, next_cursor: cursor }) {
    const isMore = this.#cursor !== null;
    const rows = tasks.map((task) => taskRow(task));
    this.#find("ol").append(...rows);
    this.#cursor = cursor;
    this.#find(".more").hidden = !cursor;
    if (isMore) focusOn(rows[0]);
    const count = this.#find("ol").childElementCount;
    if (count === 0) this.#say("Nothing here matches.");
    else this.#narrator.say(`${count} tasks${cursor ? ", and more" : ""}.`);
  }

  /** @param {string} words */
  #say(words) {
    this.#find(".view-message").textContent = words;
    this.#find(".view-message").hidden = !words;
    if (words) this.#narrator.say(words);
  }

  /** @param {string} selector */
  #find(selector) {
    return /** @type {HTMLElement} */ (this.#root.querySelector(selector));
  }
}

/**
 * Whether it names one source: its address, or the digest of an upload. All else is taken for a host.
 * @param {string} source
 */
function isIdentity(source) {
  return source.includes("://") || source.startsWith("sha256:");
}

/** @param {Problem} problem */
function refusalInWords(problem) {
  if (problem.code === "insufficient_scope") return "Your key may not read the history. Use another one.";
  const [error] = problem.errors;
  const { title, advice } = explain(problem);
  return error ? `This source cannot be searched for: ${error.detail}.` : `${title} ${advice}`;
}

/** @param {HTMLElement|undefined} row */
function focusOn(row) {
  if (!row) return;
  row.tabIndex = -1;
  row.focus();
}
