/**
 * The form: reads what is asked, shows only the controls that mean something, remembers the last choice.
 *
 * @typedef {import("./options.js").Options} Options
 */

import { build } from "./build.js";
import { showErrors } from "./field-errors.js";
import { Focal } from "./focal.js";
import { ONE_IMAGE, backgroundHint, fitHint, meaningOf, qualityHint } from "./options.js";
import { setInWords } from "./sets.js";
import { recall, remember } from "./storage.js";

const REMEMBERED = "pixelmill.options.1";
/** What only `cover` has. */
const BY_CONTENT = ["attention", "entropy", "point"];
const OF_ONE_IMAGE = ["size-group", "fit-group", "format-group"];
const POINTS = [
  ["left top", "Top left"],
  ["top", "Top"],
  ["right top", "Top right"],
  ["left", "Left"],
  ["center", "Center"],
  ["right", "Right"],
  ["left bottom", "Bottom left"],
  ["bottom", "Bottom"],
  ["right bottom", "Bottom right"],
];

export class Form {
  #form;
  #focal;
  #qualityChosen = false;
  /** @type {Record<string, import("./sets.js").ImageSet>} */
  #sets = {};

  /** @param {HTMLFormElement} form */
  constructor(form) {
    this.#form = form;
    this.#addPoints();
    const pad = /** @type {HTMLElement} */ (form.querySelector(".focal-pad"));
    this.#focal = new Focal(pad, () => form.dispatchEvent(new Event("input")));
    this.#restore();
    form.addEventListener("input", (event) => this.#changed(event.target));
    this.#find("quality-automatic").addEventListener("click", () => this.#leaveQualityAlone());
    this.#show();
  }

  /** @returns {Options} */
  get options() {
    return {
      make: this.#chosen("make"),
      width: this.#input("width").value,
      height: this.#input("height").value,
      fit: this.#chosen("fit"),
      position: this.#chosen("position"),
      point: this.#focal.point,
      background: this.#background(),
      withoutEnlargement: this.#input("without-enlargement").checked,
      format: this.#chosen("format"),
      quality: this.#qualityChosen ? this.#input("quality").valueAsNumber : null,
    };
  }

  /**
   * Whether the sizes can be sent; says so beside them if not.
   * @param {{field: string, detail: string}[]} errors  What else is missing.
   */
  accepts(errors) {
    const all = [...errors, ...this.#missing()];
    showErrors(this.#form, all);
    return all.length === 0;
  }

  /** Whether it asks for one image, in a size that can be made. */
  get isOneImage() {
    return this.#chosen("make") === ONE_IMAGE && this.#missing().length === 0;
  }

  #missing() {
    if (this.#chosen("make") !== ONE_IMAGE) return [];
    const sides = ["width", "height"].map((name) => this.#input(name));
    const broken = sides.filter((side) => !side.validity.valid);
    const wrong = broken.map((side) => ({ field: side.name, detail: `A whole number from 1 to ${side.max}` }));
    const none = broken.length === 0 && sides.every((side) => side.value === "");
    return none ? [{ field: "parameters", detail: "Give a width, a height or both" }] : wrong;
  }

  /**
   * Offer the sets of this service, and take up the one that was made last.
   * @param {Record<string, import("./sets.js").ImageSet>} sets
   */
  offerSets(sets) {
    this.#sets = sets;
    const own = Object.keys(sets).filter((name) => !this.#radio("make", name));
    this.#find("own-sets").replaceChildren(...own.map(setChoice));
    this.#find("own-sets").hidden = own.length === 0;
    const last = /** @type {Partial<Options>|null} */ (recall(REMEMBERED));
    if (own.includes(last?.make ?? "")) this.#choose("make", last?.make);
    this.#show();
  }

  /**
   * Points are chosen on this picture.
   * @param {string|null} url
   */
  showPicture(url) {
    this.#focal.show(url);
  }

  /** @param {string} format */
  pickFormat(format) {
    this.#choose("format", format);
    this.#show();
  }

  /** Keep the choice for the next visit. */
  remember() {
    remember(REMEMBERED, this.options);
  }

  #restore() {
    const options = /** @type {Partial<Options>|null} */ (recall(REMEMBERED));
    if (!options) return;
    for (const name of /** @type {const} */ (["width", "height"])) this.#input(name).value = options[name] ?? "";
    for (const name of /** @type {const} */ (["make", "fit", "position", "format"])) this.#choose(name, options[name]);
    if (options.point) this.#focal.point = options.point;
    if (options.background && !this.#choose("background", options.background)) {
      this.#choose("background", "custom");
      this.#input("background-color").value = options.background;
    }
    this.#input("without-enlargement").checked = options.withoutEnlargement ?? false;
    if (typeof options.quality === "number") this.#input("quality").value = String(options.quality);
    this.#qualityChosen = typeof options.quality === "number";
  }

  /** @param {EventTarget|null} target */
  #changed(target) {
    if (target === this.#input("quality")) this.#qualityChosen = true;
    if (target === this.#input("background-color")) this.#choose("background", "custom");
    this.#show();
  }

  #leaveQualityAlone() {
    this.#qualityChosen = false;
    this.#form.dispatchEvent(new Event("input"));
    this.#input("quality").focus();
  }

  #show() {
    const before = meaningOf(this.options);
    if (!before.positionByContent && BY_CONTENT.includes(this.#chosen("position")))
      this.#choose("position", "center");
    if (!before.transparency && this.#chosen("background") === "transparent") this.#choose("background", "#ffffff");
    const options = this.options;
    const meaning = meaningOf(options);
    const isOne = options.make === ONE_IMAGE;
    for (const group of OF_ONE_IMAGE) this.#find(group).hidden = !isOne;
    this.#find("make-hint").textContent = isOne ? "" : setInWords(options.make, this.#sets[options.make] ?? {});
    this.#find("make-hint").hidden = isOne;
    this.#find("position-group").hidden = !isOne || !meaning.position;
    this.#showFocal(options);
    this.#find("by-content").hidden = !meaning.positionByContent;
    this.#find("background-group").hidden = !isOne || !meaning.background;
    this.#radio("background", "transparent").disabled = !meaning.transparency;
    this.#find("fit-hint").textContent = fitHint(options);
    this.#find("position-hint").textContent =
      options.fit === "cover" ? "What stays when the rest is cropped." : "Where the picture sits between the bars.";
    this.#find("background-hint").textContent = backgroundHint(options);
    this.#showQuality(options, meaning.quality);
  }

  /** @param {Options} options */
  #showFocal({ width, height, position, withoutEnlargement }) {
    this.#find("focal").hidden = position !== "point";
    this.#find("focal-hint").textContent = "Click what matters, or move the point with the arrow keys.";
    this.#focal.showPart({ width: Number(width), height: Number(height), withoutEnlargement });
  }

  /**
   * @param {Options} options
   * @param {boolean} matters
   */
  #showQuality(options, matters) {
    const slider = this.#input("quality");
    const words = options.quality === null ? "automatic" : String(options.quality);
    slider.disabled = !matters;
    slider.setAttribute("aria-valuetext", words);
    slider.style.setProperty("--at", `${slider.value}%`);
    slider.classList.toggle("automatic", options.quality === null);
    this.#find("quality-value").textContent = matters ? words : "";
    this.#find("quality-automatic").hidden = !matters || options.quality === null;
    this.#find("quality-hint").textContent = qualityHint(options);
  }

  #addPoints() {
    const points = POINTS.map(([value, words]) => {
      const input = Object.assign(document.createElement("input"), {
        type: "radio",
        name: "position",
        value,
        className: "choice",
        defaultChecked: value === "center",
      });
      const name = Object.assign(document.createElement("span"), { textContent: words, className: "visually-hidden" });
      const label = Object.assign(document.createElement("label"), { className: "point", title: words });
      label.append(input, name);
      return label;
    });
    this.#find("points").append(...points);
  }

  #background() {
    const choice = this.#chosen("background");
    return choice === "custom" ? this.#input("background-color").value : choice;
  }

  /** @param {string} id */
  #find(id) {
    return /** @type {HTMLElement} */ (this.#form.querySelector(`#${id}`));
  }

  /** @param {string} id */
  #input(id) {
    return /** @type {HTMLInputElement} */ (this.#find(id));
  }

  /** @param {string} name */
  #chosen(name) {
    return /** @type {RadioNodeList} */ (this.#form.elements.namedItem(name)).value;
  }

  /**
   * @param {string} name
   * @param {string} value
   */
  #radio(name, value) {
    return /** @type {HTMLInputElement} */ (this.#form.querySelector(`[name="${name}"][value="${CSS.escape(value)}"]`));
  }

  /**
   * @param {string} name
   * @param {string|undefined} value
   * @returns {boolean}  Whether there is such a choice.
   */
  #choose(name, value) {
    const radio = value === undefined ? null : this.#radio(name, value);
    if (radio) radio.checked = true;
    return radio !== null;
  }
}

/** @param {string} name */
function setChoice(name) {
  const radio = build("input", { type: "radio", name: "make", value: name, className: "choice" });
  return build("label", { className: "pill" }, radio, name);
}
