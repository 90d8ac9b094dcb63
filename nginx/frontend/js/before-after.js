/**
 * Original and result over each other, with a line between them that is moved by mouse, finger or arrow keys.
 *
 * @typedef {import("./types.js").Entry} Entry
 * @typedef {import("./types.js").Variant} Variant
 * @typedef {{fit: string, position: string}} Framing  How CSS lays the original under the result.
 */

import { partAround } from "./focal.js";
import { dimensions, formatName, size } from "./format.js";
import { hasQuality, isSet } from "./options.js";

export class BeforeAfter {
  #root;
  #slider;
  #button;
  #wanting;
  /** @type {Variant|null} */
  #shown = null;
  /** Whether the browser cannot show the original: a TIFF, say. */
  #isUnseen = false;

  /**
   * @param {HTMLElement} root
   * @param {HTMLButtonElement} button  Opens and closes it.
   * @param {HTMLElement} wanting  Says that a file is wanted, which the page could not keep.
   */
  constructor(root, button, wanting) {
    this.#root = root;
    this.#button = button;
    this.#wanting = wanting;
    this.#slider = /** @type {HTMLInputElement} */ (root.querySelector("input"));
    this.#slider.addEventListener("input", () => this.#cut());
    button.addEventListener("click", () => this.#toggle());
    this.#picture("before").addEventListener("error", () => {
      this.#isUnseen = true;
      this.offer(null, null, null);
    });
  }

  /**
   * @param {Entry|null} entry
   * @param {Variant|null} variant  The result; null while there is none.
   * @param {string|null} original  Where the browser may load the original from.
   */
  offer(entry, variant, original) {
    const framing = entry && variant && !this.#isUnseen ? framingOf(entry, variant) : null;
    this.#button.hidden = !framing || !original;
    this.#wanting.hidden = !framing || Boolean(original) || entry?.origin.kind !== "file";
    if (!entry || !variant || !original || !framing) return this.#close();
    if (variant === this.#shown) return;
    this.#shown = variant;
    this.#root.dataset.original = original;
    this.#root.style.setProperty("--ratio", String(variant.width / variant.height));
    this.#picture("before").style.objectFit = framing.fit;
    this.#picture("before").style.objectPosition = framing.position;
    this.#slider.setAttribute("aria-label", `How much of the original of ${entry.origin.name} is shown`);
    this.#button.setAttribute("aria-label", `Compare ${entry.origin.name} with its original`);
    this.#write(entry, variant);
  }

  /**
   * @param {Entry} entry
   * @param {Variant} variant
   */
  #write({ task, wish }, variant) {
    const { width, height, format, bytes } = /** @type {import("./types.js").Task} */ (task).source;
    const before = [
      "Original",
      width && height ? dimensions(width, height) : "",
      format ? formatName(format) : "",
      bytes ? size(bytes) : "",
    ];
    const after = [
      dimensions(variant.width, variant.height),
      formatName(variant.format),
      qualityInWords(wish, variant),
      size(variant.bytes),
    ];
    this.#find(".tag-before").textContent = inOneLine(before);
    this.#find(".tag-after").textContent = inOneLine(after);
  }

  #toggle() {
    if (!this.#root.hidden) return this.#close();
    this.#picture("before").src = this.#root.dataset.original ?? "";
    this.#picture("after").src = /** @type {Variant} */ (this.#shown).url;
    this.#root.hidden = false;
    this.#button.setAttribute("aria-pressed", "true");
    this.#cut();
    this.#slider.focus({ preventScroll: true });
  }

  #close() {
    this.#root.hidden = true;
    this.#button.setAttribute("aria-pressed", "false");
  }

  #cut() {
    this.#root.style.setProperty("--cut", `${this.#slider.value}%`);
    this.#slider.setAttribute("aria-valuetext", `${this.#slider.value} %`);
  }

  /** @param {"before"|"after"} which */
  #picture(which) {
    return /** @type {HTMLImageElement} */ (this.#find(`.${which}`));
  }

  /** @param {string} selector */
  #find(selector) {
    return /** @type {HTMLElement} */ (this.#root.querySelector(selector));
  }
}

/**
 * The quality that was asked for; of a set only the service knows it.
 * @param {import("./types.js").Wish} wish
 * @param {Variant} variant
 */
function qualityInWords({ parameters }, { format }) {
  if (!parameters || !hasQuality(format)) return "";
  return parameters.quality ? `quality ${parameters.quality}` : "automatic quality";
}

/**
 * Broken between the parts only.
 * @param {string[]} parts
 */
function inOneLine(parts) {
  const whole = parts.filter(Boolean).map((part) => part.replaceAll(" ", "\u00a0"));
  return whole.join(" · ");
}

/**
 * How the original lies under the result; null where only the service knows, as it looked at the pixels.
 * @param {Pick<Entry, "wish"|"task">} entry
 * @param {Variant} variant
 * @returns {Framing|null}
 */
export function framingOf({ wish, task }, variant) {
  if (isSet(wish) && !isWhole(variant, task)) return null;
  const { width, height, fit, position = "center" } = wish.parameters ?? {};
  if (!width || !height || !["cover", "contain"].includes(String(fit))) return { fit: "fill", position: "center" };
  if (position === "attention" || position === "entropy") return null;
  if (typeof position !== "object") return { fit: String(fit), position: String(position) };
  const { width: sourceWidth, height: sourceHeight } = task?.source ?? {};
  if (!sourceWidth || !sourceHeight) return null;
  const box = { width: Number(width), height: Number(height) };
  const part = partAround(position, { width: sourceWidth, height: sourceHeight }, box);
  return { fit: "cover", position: `${along(part.left, part.width)} ${along(part.top, part.height)}` };
}

/**
 * @param {number} begin
 * @param {number} part
 */
function along(begin, part) {
  return part < 1 ? `${(begin / (1 - part)) * 100}%` : "center";
}

/**
 * Whether an image of a set has the shape of its source, but for the rounding to whole pixels.
 * @param {Variant} variant
 * @param {Entry["task"]} task
 */
function isWhole({ width, height }, task) {
  const source = task?.source;
  if (!source?.width || !source.height) return false;
  return Math.abs((width * source.height) / source.width - height) <= 1;
}
