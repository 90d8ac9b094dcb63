/**
 * Tasks that were given up although trying again may help: listed, and started again.
 *
 * @typedef {import("./types.js").Task} Task
 * @typedef {{tasks: Task[], next_cursor: string|null}} DeadLetterPage
 * @typedef {{requeued: number, next_cursor: string|null}} Requeued
 */

import { build } from "./build.js";
import { Problem, Unreachable, ask } from "./http.js";
import { nameOf, taskRow } from "./trail-row.js";
import { explain } from "./words.js";

const MOST_SHOWN = 20;

export class DeadLetters {
  #root;
  #narrator;
  #shown = "";

  /**
   * @param {HTMLElement} root
   * @param {import("./narrator.js").Narrator} narrator
   */
  constructor(root, narrator) {
    this.#root = root;
    this.#narrator = narrator;
    this.#find(".requeue-all").addEventListener("click", () => this.#act(() => this.#requeueAll()));
  }

  clear() {
    this.#shown = "";
    this.#find("ol").replaceChildren();
    this.#find(".view-message").hidden = true;
  }

  /** @param {AbortSignal} signal */
  async refresh(signal) {
    /** @type {DeadLetterPage} */
    const { tasks, next_cursor: cursor } = await ask(`/dead-letters?limit=${MOST_SHOWN}`, { signal });
    const shown = JSON.stringify(tasks.map(({ task_id: id }) => id));
    this.#find(".requeue-all").hidden = tasks.length === 0;
    this.#find(".none").hidden = tasks.length > 0;
    this.#find(".and-more").hidden = !cursor;
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#find("ol").replaceChildren(...tasks.map((task) => this.#row(task)));
  }

  /** @param {Task} task */
  #row(task) {
    const button = build("button", { type: "button", className: "button small", textContent: "Try again" });
    button.setAttribute("aria-label", `Try ${nameOf(task)} again`);
    button.addEventListener("click", () => this.#act(() => this.#requeue(task)));
    return taskRow(task, button);
  }

  /** @param {Task} task */
  async #requeue(task) {
    await ask(`/dead-letters/${task.task_id}/requeue`, { method: "POST", signal: forEver() });
    return `${nameOf(task)} is tried again.`;
  }

  async #requeueAll() {
    let [count, cursor] = [0, /** @type {string|null} */ (null)];
    do {
      const query = cursor ? `?${new URLSearchParams({ cursor })}` : "";
      /** @type {Requeued} */
      const part = await ask(`/dead-letters/requeue${query}`, { method: "POST", signal: forEver() });
      count += part.requeued;
      cursor = part.next_cursor;
    } while (cursor);
    return `${count} ${count === 1 ? "is" : "are"} tried again.`;
  }

  /** @param {() => Promise<string>} action */
  async #act(action) {
    const message = this.#find(".view-message");
    try {
      message.textContent = await action();
      await this.refresh(forEver());
    } catch (error) {
      if (error instanceof Problem) message.textContent = explain(error).title;
      else if (error instanceof Unreachable) message.textContent = "The service cannot be reached.";
      else throw error;
    }
    message.hidden = false;
    this.#narrator.say(/** @type {string} */ (message.textContent));
    this.#find("h2").focus();
  }

  /** @param {string} selector */
  #find(selector) {
    return /** @type {HTMLElement} */ (this.#root.querySelector(selector));
  }
}

/** Of what a person has asked for: it is not given up when the view is left. */
function forEver() {
  return new AbortController().signal;
}
