/**
 * One picture on the board: how far it is, how it ended, what can be done with it.
 *
 * @typedef {import("./types.js").Entry} Entry
 * @typedef {import("./types.js").Variant} Variant
 *
 * @typedef {object} Actions
 * @property {(entry: Entry) => void} onRemove
 * @property {(entry: Entry) => void} onAgain
 * @property {(entry: Entry) => void} onCancel
 * @property {(entry: Entry) => void} onMissing  The result could not be loaded.
 */

import { BeforeAfter } from "./before-after.js";
import { copy } from "./clipboard.js";
import { canRepeat, isCanceled, isLocked, isOutOfSight, isUnderWay, variantOf } from "./entry.js";
import { fileName, formatName } from "./format.js";
import { inWords, isSet } from "./options.js";
import { showOutcome } from "./outcome.js";
import { Stages } from "./stages.js";
import { codeOf } from "./variants.js";
import { explain, explainNotice, explainStage } from "./words.js";

const COPIED_MS = 2000;

export class Card {
  #entry;
  #actions;
  #stages;
  #sourceUrl;
  #beforeAfter;

  /**
   * @param {HTMLTemplateElement} template
   * @param {Entry} entry
   * @param {Actions} actions
   */
  constructor(template, entry, actions) {
    this.item = /** @type {HTMLElement} */ (
      /** @type {DocumentFragment} */ (template.content.cloneNode(true)).firstElementChild
    );
    this.#entry = entry;
    this.#actions = actions;
    this.#stages = new Stages(this.#find(".stages"), entry.origin);
    this.#sourceUrl = entry.origin.file ? URL.createObjectURL(entry.origin.file) : ownUrl(entry.origin.url);
    const compare = /** @type {HTMLButtonElement} */ (this.#find(".compare"));
    this.#beforeAfter = new BeforeAfter(this.#find(".before-after"), compare, this.#find(".uncompared"));
    this.#fillIn();
    this.#listen();
    this.update();
  }

  /** Show the entry as it is now. */
  update() {
    const { phase, notice } = this.#entry;
    const variant = variantOf(this.#entry);
    const article = this.#find(".card");
    article.dataset.phase = phase;
    article.setAttribute("aria-busy", String(isUnderWay(this.#entry)));
    this.#find(".notice").hidden = !notice;
    this.#find(".now").hidden = Boolean(notice);
    this.#find(".notice").textContent = notice ? explainNotice(notice) : "";
    this.#showProgress();
    this.#showPicture();
    this.#showTrouble();
    this.#showActions();
    if (variant) showOutcome(this.item, this.#entry, variant);
    this.#beforeAfter.offer(this.#entry, variant, this.#sourceUrl);
  }

  focus() {
    this.#find(".card").focus();
  }

  /** Let go of what the browser holds for the card. */
  dispose() {
    if (this.#sourceUrl?.startsWith("blob:")) URL.revokeObjectURL(this.#sourceUrl);
    this.item.remove();
  }

  #fillIn() {
    const { origin, wish } = this.#entry;
    this.#find(".name").textContent = origin.name;
    this.#find(".name").title = origin.url ?? origin.name;
    this.#find(".asked").textContent = inWords(wish, formatName);
    this.#find(".remove").setAttribute("aria-label", `Remove ${origin.name}`);
    this.#find(".cancel").setAttribute("aria-label", `Cancel ${origin.name}`);
  }

  #listen() {
    this.#find(".remove").addEventListener("click", () => this.#actions.onRemove(this.#entry));
    this.#find(".again").addEventListener("click", () => this.#actions.onAgain(this.#entry));
    this.#find(".cancel").addEventListener("click", () => this.#actions.onCancel(this.#entry));
    this.#find(".copy").addEventListener("click", () => {
      const link = new URL(/** @type {Variant} */ (variantOf(this.#entry)).url, location.href).href;
      this.#copy(link, ".copy-label", "Copy link");
    });
    this.#find(".copy-code").addEventListener("click", () =>
      this.#copy(codeOf(this.#entry, location.origin), ".copy-code-label", "Copy the code"),
    );
    const picture = this.#find(".picture");
    picture.addEventListener("error", () => {
      picture.hidden = true;
      if (variantOf(this.#entry)) this.#actions.onMissing(this.#entry);
    });
  }

  #showProgress() {
    const words = explainStage(this.#entry);
    this.#find(".now").textContent = words;
    this.#stages.show(this.#entry, words);
  }

  #showPicture() {
    const picture = /** @type {HTMLImageElement} */ (this.#find(".picture"));
    const variant = variantOf(this.#entry);
    const wanted = variant?.url ?? (isUnderWay(this.#entry) ? this.#sourceUrl : null);
    if (wanted === picture.getAttribute("src")) return;
    picture.hidden = !wanted;
    picture.alt = variant ? `${this.#entry.origin.name}, resized` : "";
    if (wanted) picture.src = wanted;
    else picture.removeAttribute("src");
  }

  #showTrouble() {
    const { phase, failure } = this.#entry;
    if (phase !== "failed" && phase !== "expired") return;
    const error = failure ?? { code: "task_expired", title: "", detail: "" };
    const { title, advice } = explain(error);
    this.#find(".trouble-title").textContent = title;
    this.#find(".trouble-advice").textContent = this.#adviceOr(advice);
    this.#find(".trouble-detail").textContent = error.detail;
    this.#find(".trouble-code").textContent = error.code;
    this.#find(".trouble details").hidden = !error.detail;
  }

  /** @param {string} advice  What helps with this error in general. */
  #adviceOr(advice) {
    const { phase, origin } = this.#entry;
    if (isOutOfSight(this.#entry)) return "The picture is being made: with a key that may read, try again to see it.";
    return phase === "expired" && !canRepeat(this.#entry) ? `Choose ${origin.name} again to make it anew.` : advice;
  }

  #showActions() {
    const { phase, failure, origin } = this.#entry;
    const variant = variantOf(this.#entry);
    this.#find(".cancel").hidden = !isUnderWay(this.#entry);
    const download = /** @type {HTMLAnchorElement} */ (this.#find(".download"));
    download.hidden = this.#find(".copy").hidden = !variant || isSet(this.#entry.wish);
    if (variant) {
      download.href = variant.url;
      download.download = fileName(origin.name, variant);
      download.setAttribute("aria-label", `Download ${origin.name}, resized`);
      this.#find(".copy").setAttribute("aria-label", `Copy the link of ${origin.name}, resized`);
    }
    const label = phase === "expired" ? "Make it again" : "Try again";
    this.#find(".again").hidden = !(
      canRepeat(this.#entry) &&
      (phase === "expired" || (phase === "failed" && (failure?.retryable || isCanceled(this.#entry) || isLocked(this.#entry))))
    );
    this.#find(".again-label").textContent = label;
  }

  /**
   * @param {string} text
   * @param {string} selector  Where to say what came of it.
   * @param {string} words  What is said there otherwise.
   */
  async #copy(text, selector, words) {
    const label = this.#find(selector);
    label.textContent = (await copy(text)) ? "Copied" : "Not allowed";
    setTimeout(() => {
      label.textContent = words;
    }, COPIED_MS);
  }

  /** @param {string} selector */
  #find(selector) {
    return /** @type {HTMLElement} */ (this.item.querySelector(selector));
  }
}

/**
 * Where the browser may load a source from: the policy of the page allows its own server only.
 * @param {string|undefined} url
 */
function ownUrl(url) {
  return url && URL.canParse(url) && new URL(url).origin === location.origin ? url : null;
}
