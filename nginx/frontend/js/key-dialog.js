/** Where a person gives their API key, exchanges it, and has it forgotten. A key is tried before it is taken. */

import { Problem, Unreachable, bodyOf, send } from "./http.js";
import { askWith, hasKey, headersWith, isAskedFor, mayAskAgain, onKeyNews, useKey } from "./key.js";
import { WORDS } from "./words.js";

/** What a header can carry: anything else cannot be a key. */
const SHAPE = /^[\x21-\x7e]+$/;
/** After these nobody knows whether the key is good. Any other refusal is one of a key that is. */
const NOT_TAKEN = new Set(["invalid_api_key", "api_keys_unavailable", "rate_limited"]);
const ASKED = "This service asks for a key";
const IN_USE = "Your key";

export class KeyDialog {
  #dialog;
  #button;
  #onForget;
  #stop = new AbortController();

  /**
   * @param {HTMLDialogElement} dialog
   * @param {HTMLElement} button  Opens it; seen on services that ask for keys only.
   * @param {() => void} onForget
   */
  constructor(dialog, button, onForget) {
    this.#dialog = dialog;
    this.#button = button;
    this.#onForget = onForget;
    this.#find("form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#take();
    });
    this.#find(".not-now").addEventListener("click", () => this.#dialog.close());
    this.#find(".forget").addEventListener("click", () => this.#forget());
    dialog.addEventListener("close", () => this.#leave());
    button.addEventListener("click", () => this.#open(""));
    askWith((wasRefused) => this.#ask(wasRefused));
    onKeyNews(() => this.#showButton());
    for (const deed of ["click", "submit", "hashchange"]) addEventListener(deed, mayAskAgain, { capture: true });
    this.#showButton();
  }

  /**
   * @param {boolean} wasRefused  The key there was.
   * @returns {Promise<void>}
   */
  #ask(wasRefused) {
    if (!this.#dialog.open) this.#open(wasRefused ? WORDS.invalid_api_key.join(" ") : "");
    return new Promise((resolve) => this.#dialog.addEventListener("close", () => resolve(), { once: true }));
  }

  /** @param {string} words */
  #open(words) {
    this.#find("h2").textContent = hasKey() ? IN_USE : ASKED;
    this.#find(".forget").hidden = !hasKey();
    this.#say(words);
    this.#dialog.showModal();
  }

  async #take() {
    const text = this.#input.value.trim();
    this.#say("");
    this.#stop.abort();
    const { signal } = (this.#stop = new AbortController());
    this.#dialog.setAttribute("aria-busy", "true");
    const refusal = await refusalOf(text, signal);
    if (signal.aborted) return;
    this.#dialog.removeAttribute("aria-busy");
    if (refusal) {
      this.#say(refusal);
      this.#input.select();
      this.#input.focus();
    } else {
      useKey(text);
      this.#dialog.close();
    }
  }

  #forget() {
    useKey(null);
    this.#dialog.close();
    this.#onForget();
  }

  /** Whatever was typed is not left in the page. */
  #leave() {
    this.#stop.abort();
    this.#dialog.removeAttribute("aria-busy");
    this.#input.value = "";
  }

  #showButton() {
    this.#button.hidden = !isAskedFor();
  }

  /** @param {string} words */
  #say(words) {
    const error = this.#find(".error");
    error.textContent = words;
    error.hidden = !words;
    if (words) this.#input.setAttribute("aria-invalid", "true");
    else this.#input.removeAttribute("aria-invalid");
  }

  get #input() {
    return /** @type {HTMLInputElement} */ (this.#find("input"));
  }

  /** @param {string} selector */
  #find(selector) {
    return /** @type {HTMLElement} */ (this.#dialog.querySelector(selector));
  }
}

/**
 * Why a key is not taken, in words; null if it is.
 * @param {string} text
 * @param {AbortSignal} signal
 * @returns {Promise<string|null>}
 */
async function refusalOf(text, signal) {
  if (!text) return "Paste your key here.";
  if (!SHAPE.test(text)) return "This is no key: one has neither spaces nor letters with accents.";
  try {
    bodyOf(await send("/task-history?limit=1", { headers: headersWith(text), signal }));
  } catch (error) {
    if (error instanceof Unreachable) return "The service cannot be reached. Try again in a moment.";
    if (error instanceof Problem && NOT_TAKEN.has(error.code)) return WORDS[error.code].join(" ");
    if (!(error instanceof Problem || signal.aborted)) throw error;
  }
  return null;
}
