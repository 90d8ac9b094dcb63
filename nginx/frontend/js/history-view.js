/**
 * The history: what was asked of the service, searched by source and status, page by page.
 *
 * @typedef {{tasks: import("./types.js").Task[], next_cursor: string|null}} HistoryPage
 */

import { size } from "./format.js";
import { TooMuch, saveHistory } from "./history-export.js";
import { Problem, Unreachable, ask } from "./http.js";
import { taskRow } from "./trail-row.js";
import { explain } from "./words.js";

const PAGE_TASKS = 25;
const MAY_NOT_READ = "Your key may not read the history. Give another one with “API key” above.";
const NOTHING = "Nothing here matches.";
const WHAT_MATCHES =
  "Search for a whole link, a site, or sha256: and the digest of an upload; the name of a file alone finds nothing.";
const TOO_MUCH = "This is too much for a browser. Search for less, or take it with the command “pixelmill history”.";
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
    this.#find(".save-history").addEventListener("click", () => this.#save());
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

  #load() {
    const query = this.#filters({ limit: String(PAGE_TASKS), ...(this.#cursor && { cursor: this.#cursor }) });
    return this.#attempt(async (signal) => this.#show(await ask(`/task-history?${query}`, { signal })));
  }

  /** Save all that matches, not only what is shown. */
  #save() {
    return this.#attempt(async (signal) => {
      this.#narrator.say("Downloading.");
      const bytes = await saveHistory(this.#filters(), { signal, onBytes: (so) => this.#write(soFar(so)) });
      this.#say(bytes ? `Saved, ${size(bytes)}.` : this.#nothing());
    });
  }

  /** @param {(signal: AbortSignal) => Promise<void>} action */
  async #attempt(action) {
    const { signal } = this.#stop;
    this.#root.setAttribute("aria-busy", "true");
    this.#say("");
    try {
      await action(signal);
    } catch (error) {
      if (signal.aborted) return;
      this.#say(inWords(error));
    }
    this.#root.removeAttribute("aria-busy");
  }

  /** @param {Record<string, string>} [more] */
  #filters(more = {}) {
    const source = this.#source();
    const status = /** @type {HTMLSelectElement} */ (this.#find("select")).value;
    const field = isIdentity(source) ? "source" : "host";
    return new URLSearchParams({ ...(source && { [field]: source }), ...(status && { status }), ...more });
  }

  #source() {
    return /** @type {HTMLInputElement} */ (this.#find("input")).value.trim();
  }

  /** What was taken for a site may have been meant otherwise. */
  #nothing() {
    const source = this.#source();
    return source && !isIdentity(source) ? `${NOTHING} ${WHAT_MATCHES}` : NOTHING;
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
    if (count === 0) this.#say(this.#nothing());
    else this.#narrator.say(`${count} ${count === 1 ? "task" : "tasks"}${cursor ? ", and more" : ""}.`);
  }

  /** @param {string} words */
  #say(words) {
    this.#write(words);
    if (words) this.#narrator.say(words);
  }

  /** @param {string} words  Not worth saying aloud. */
  #write(words) {
    this.#find(".view-message").textContent = words;
    this.#find(".view-message").hidden = !words;
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

/** @param {number} bytes */
function soFar(bytes) {
  return `Downloading, ${size(bytes)} so far.`;
}

/** @param {unknown} error */
function inWords(error) {
  if (error instanceof TooMuch) return TOO_MUCH;
  if (error instanceof Unreachable) return UNREACHABLE;
  if (!(error instanceof Problem)) throw error;
  if (error.code === "insufficient_scope") return MAY_NOT_READ;
  const { title, advice } = explain(error);
  const [wrong] = error.errors;
  return wrong ? `This source cannot be searched for: ${wrong.detail}.` : `${title} ${advice}`;
}

/** @param {HTMLElement|undefined} row */
function focusOn(row) {
  if (!row) return;
  row.tabIndex = -1;
  row.focus();
}
