/**
 * The form: reads what is asked, shows only the controls that mean something, remembers the last choice.
 *
 * @typedef {import("./options.js").Options} Options
 */

import { Background } from "./background.js";
import { build } from "./build.js";
import { Controls } from "./controls.js";
import { showErrors } from "./field-errors.js";
import { ONE_IMAGE, OWN_SET, fitHint, meaningOf } from "./options.js";
import { missingIn } from "./own-set.js";
import { OwnSetFields } from "./own-set-fields.js";
import { Position } from "./position.js";
import { Quality } from "./quality.js";
import { setInWords } from "./sets.js";
import { recall, remember } from "./storage.js";

const REMEMBERED = "pixelmill.options.2";
const OF_ONE_IMAGE = ["size-group", "fit-group", "format-group"];

export class Form {
  #form;
  #controls;
  #position;
  #background;
  #quality;
  #ownSet;
  /** @type {Record<string, import("./sets.js").ImageSet>} */
  #sets = {};

  /** @param {HTMLFormElement} form */
  constructor(form) {
    this.#form = form;
    this.#controls = new Controls(form);
    this.#position = new Position(this.#controls);
    this.#background = new Background(this.#controls);
    this.#quality = new Quality(this.#controls);
    this.#ownSet = new OwnSetFields(this.#controls);
    this.#restore();
    form.addEventListener("input", () => this.#show());
    this.#show();
  }

  /** @returns {Options} */
  get options() {
    const controls = this.#controls;
    return {
      make: controls.chosen("make"),
      width: controls.input("width").value,
      height: controls.input("height").value,
      fit: controls.chosen("fit"),
      position: this.#position.value,
      point: this.#position.point,
      background: this.#background.value,
      withoutEnlargement: controls.input("without-enlargement").checked,
      format: controls.chosen("format"),
      quality: this.#quality.value,
      widths: this.#ownSet.widths,
      formats: this.#ownSet.formats,
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
    return this.#controls.chosen("make") === ONE_IMAGE && this.#missing().length === 0;
  }

  #missing() {
    const make = this.#controls.chosen("make");
    if (make !== ONE_IMAGE) return make === OWN_SET ? missingIn(this.#ownSet) : [];
    const sides = ["width", "height"].map((name) => this.#controls.input(name));
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
    const own = Object.keys(sets).filter((name) => !this.#controls.radio("make", name));
    this.#controls.find("own-sets").replaceChildren(...own.map(setChoice));
    this.#controls.find("own-sets").hidden = own.length === 0;
    const last = /** @type {Partial<Options>|null} */ (recall(REMEMBERED));
    if (own.includes(last?.make ?? "")) this.#controls.choose("make", last?.make);
    this.#show();
  }

  /**
   * Points are chosen on this picture.
   * @param {string|null} url
   */
  showPicture(url) {
    this.#position.showPicture(url);
  }

  /** @param {string} format */
  pickFormat(format) {
    this.#controls.choose("format", format);
    this.#show();
  }

  /** Keep the choice for the next visit. */
  remember() {
    remember(REMEMBERED, this.options);
  }

  #restore() {
    const options = /** @type {Options|null} */ (recall(REMEMBERED));
    if (!options) return;
    const controls = this.#controls;
    for (const name of /** @type {const} */ (["width", "height"])) controls.input(name).value = options[name];
    for (const name of /** @type {const} */ (["make", "fit", "format"])) controls.choose(name, options[name]);
    controls.input("without-enlargement").checked = options.withoutEnlargement;
    this.#position.value = options.position;
    this.#position.point = options.point;
    this.#background.value = options.background;
    this.#quality.value = options.quality;
    this.#ownSet.widths = options.widths;
    this.#ownSet.formats = options.formats;
  }

  #show() {
    const before = meaningOf(this.options);
    this.#position.settle(before);
    this.#background.settle(before);
    const options = this.options;
    const meaning = meaningOf(options);
    const isOne = options.make === ONE_IMAGE;
    for (const group of OF_ONE_IMAGE) this.#controls.find(group).hidden = !isOne;
    const hint = this.#controls.find("make-hint");
    hint.textContent = isOne ? "" : setInWords(options.make, this.#sets[options.make] ?? {});
    hint.hidden = isOne;
    this.#controls.find("position-group").hidden = !isOne || !meaning.position;
    this.#controls.find("background-group").hidden = !isOne || !meaning.background;
    this.#controls.find("fit-hint").textContent = fitHint(options);
    this.#position.show(options, meaning);
    this.#background.show(options, meaning);
    this.#quality.show(options, meaning.quality);
    this.#ownSet.show(options.make === OWN_SET);
  }
}

/** @param {string} name */
function setChoice(name) {
  const radio = build("input", { type: "radio", name: "make", value: name, className: "choice" });
  return build("label", { className: "pill" }, radio, name);
}
