/**
 * What the chosen picture weighs in each format: really made, in one task that waits for all that somebody waits for.
 * Once asked for, it is made anew for each change of the options; another picture is not sent before it is asked for.
 *
 * @typedef {import("./types.js").Entry} Entry
 * @typedef {import("./options.js").Options} Options
 *
 * @typedef {object} Subject
 * @property {import("./types.js").Origin} origin
 * @property {Options} options
 *
 * @typedef {object} Surroundings
 * @property {import("./follower.js").Follower} follower
 * @property {import("./narrator.js").Narrator} narrator
 * @property {(isAsked: boolean) => Subject|null} subject  What to weigh; if it is asked for, the person is told what is
 *   missing.
 * @property {(format: string) => void} onPick
 * @property {(problem: Problem) => void} onRefused
 */

import { begin } from "./entry.js";
import { dimensions, formatName, size } from "./format.js";
import { Problem } from "./http.js";
import { parametersOf } from "./options.js";
import { carryOut } from "./task.js";
import { explain, explainNotice, explainStage } from "./words.js";

const FORMATS = ["jpeg", "webp", "avif"];
/** Larger pictures are weighed at this side: what is compared stays the same, and costs less. */
const MOST_SIDE = 1600;
/** How long the options stay as they are before all is weighed again. */
const SETTLED_MS = 600;
/** Larger files are not sent again and again. */
const MOST_RENEWED_BYTES = 5_000_000;

export class Estimate {
  #root;
  #surroundings;
  #stop = new AbortController();
  #isRenewed = false;
  #timer = 0;

  /**
   * @param {HTMLElement} root
   * @param {Surroundings} surroundings
   */
  constructor(root, surroundings) {
    this.#root = root;
    this.#surroundings = surroundings;
    this.#find(".compare-formats").addEventListener("click", () => this.#weighAsked());
  }

  /** What was weighed is no longer what is chosen. */
  forget() {
    this.#isRenewed = false;
    this.#interrupt();
    this.#clear();
  }

  /** The options have changed. */
  renew() {
    if (!this.#isRenewed) return this.forget();
    this.#interrupt();
    this.#find(".weights").setAttribute("aria-busy", "true");
    this.#timer = setTimeout(() => this.#weighAgain(), SETTLED_MS);
  }

  #interrupt() {
    clearTimeout(this.#timer);
    this.#stop.abort();
  }

  #clear() {
    this.#say("");
    this.#showWeights([]);
  }

  async #weighAsked() {
    this.forget();
    const subject = this.#surroundings.subject(true);
    if (!subject) return;
    this.#isRenewed = (subject.origin.file?.size ?? 0) <= MOST_RENEWED_BYTES;
    const refusal = await this.#weigh(subject);
    if (!refusal) return;
    this.forget();
    this.#surroundings.onRefused(refusal);
  }

  async #weighAgain() {
    const subject = this.#surroundings.subject(false);
    if (!subject || (await this.#weigh(subject))) this.#clear();
  }

  /**
   * @param {Subject} subject
   * @returns {Promise<Problem|null>}  Why the service does not make it.
   */
  async #weigh(subject) {
    const entry = begin(subject.origin, { variants: variantsOf(subject.options), priority: "bulk" });
    const { signal } = (this.#stop = new AbortController());
    const onChange = () => this.#show(entry);
    try {
      onChange();
      await carryOut(entry, { refresh: false, signal, follower: this.#surroundings.follower, onChange });
    } catch (refusal) {
      if (!(refusal instanceof Problem)) throw refusal;
      return refusal;
    }
    return null;
  }

  /** @param {Entry} entry */
  #show(entry) {
    const { phase, failure, notice, task } = entry;
    if (notice) return this.#say(explainNotice(notice));
    if (failure) {
      this.#clear();
      return this.#say(explain(failure).title);
    }
    if (phase !== "done") return this.#say(`${explainStage(entry)} …`);
    const made = Object.entries(task?.result?.variants ?? {}).flatMap(([format, variant]) =>
      "error" in variant ? [] : [{ ...variant, format }],
    );
    this.#say(`${dimensions(made[0].width, made[0].height)}, each as it would be:`);
    const most = Math.max(...made.map(({ bytes }) => bytes));
    const least = Math.min(...made.map(({ bytes }) => bytes));
    this.#showWeights(made.map((variant) => this.#row(variant, most, least)));
    const words = made.map(({ format, bytes }) => `${formatName(format)} ${size(bytes)}`);
    this.#surroundings.narrator.say(`${words.join(", ")}.`);
  }

  /** @param {HTMLElement[]} rows */
  #showWeights(rows) {
    this.#find(".weights").replaceChildren(...rows);
    this.#find(".weights").removeAttribute("aria-busy");
  }

  /**
   * @param {import("./types.js").Variant} variant
   * @param {number} most
   * @param {number} least
   */
  #row({ format, bytes }, most, least) {
    const part = (/** @type {string} */ className, text = "") =>
      Object.assign(document.createElement("span"), { className, textContent: text });
    const button = Object.assign(document.createElement("button"), { type: "button", className: "weight" });
    button.append(part("weight-name", formatName(format)), part("weight-bar"), part("weight-size", size(bytes)));
    button.classList.toggle("least", bytes === least);
    button.style.setProperty("--share", String(bytes / most));
    button.setAttribute("aria-label", `${formatName(format)} ${size(bytes)}: use it`);
    button.addEventListener("click", () => this.#surroundings.onPick(format));
    const row = document.createElement("li");
    row.append(button);
    return row;
  }

  /** @param {string} words */
  #say(words) {
    this.#find(".estimate-line").textContent = words;
    this.#find(".estimate-line").hidden = !words;
  }

  /** @param {string} selector */
  #find(selector) {
    return /** @type {HTMLElement} */ (this.#root.querySelector(selector));
  }
}

/**
 * The picture as it is asked for, in each format.
 * @param {Options} options
 */
export function variantsOf(options) {
  const scale = Math.min(1, MOST_SIDE / Math.max(Number(options.width), Number(options.height)));
  const side = (/** @type {string} */ value) => value && String(Math.max(1, Math.round(Number(value) * scale)));
  const scaled = { ...options, width: side(options.width), height: side(options.height) };
  return Object.fromEntries(FORMATS.map((format) => [format, parametersOf({ ...scaled, format })]));
}
