/** The service as those who run it want to see it: looked at again and again, with what was given up. */

import { Gauges } from "./gauges.js";
import { Problem, Unreachable, ask, call, isOfKeys } from "./http.js";
import { explain } from "./words.js";

const TICK_MS = 2000;

export class OperateView {
  #root;
  #gauges;
  #deadLetters;
  #stop = new AbortController();

  /**
   * @param {HTMLElement} root
   * @param {import("./dead-letters.js").DeadLetters} deadLetters
   */
  constructor(root, deadLetters) {
    this.#root = root;
    this.#gauges = new Gauges(this.#find(".gauges"));
    this.#deadLetters = deadLetters;
  }

  async open() {
    this.close();
    const { signal } = (this.#stop = new AbortController());
    this.#gauges.forget();
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
      this.#gauges.showChecks(await checks(signal));
      /** @type {import("./gauges.js").Overview} */
      const overview = await ask("/overview", { signal });
      this.#gauges.show(overview);
      this.#find(".letters").textContent = `${overview.dead_letters}`;
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

  /** @param {string} words */
  #say(words) {
    const message = this.#find(".operate-message");
    if (message.textContent !== words) message.textContent = words;
    message.hidden = !words;
  }

  /** @param {string} selector */
  #find(selector) {
    return /** @type {HTMLElement} */ (this.#root.querySelector(selector));
  }
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
