/** The position: nine points, what the picture shows, or a point that matters. */

import { build } from "./build.js";
import { Focal } from "./focal.js";

/** What only `cover` has. */
const BY_CONTENT = ["attention", "entropy", "point"];
const MIDDLE = "center";
const POINTS = [
  ["left top", "Top left"],
  ["top", "Top"],
  ["right top", "Top right"],
  ["left", "Left"],
  [MIDDLE, "Center"],
  ["right", "Right"],
  ["left bottom", "Bottom left"],
  ["bottom", "Bottom"],
  ["right bottom", "Bottom right"],
];

export class Position {
  #controls;
  #focal;

  /** @param {import("./controls.js").Controls} controls */
  constructor(controls) {
    this.#controls = controls;
    controls.find("points").append(...POINTS.map(([value, words]) => choice(value, words)));
    const pad = /** @type {HTMLElement} */ (controls.find("focal").querySelector(".focal-pad"));
    this.#focal = new Focal(pad, () => controls.announce());
  }

  get value() {
    return this.#controls.chosen("position");
  }

  set value(value) {
    this.#controls.choose("position", value);
  }

  get point() {
    return this.#focal.point;
  }

  set point(point) {
    this.#focal.point = point;
  }

  /**
   * Points are chosen on this picture.
   * @param {string|null} url
   */
  showPicture(url) {
    this.#focal.show(url);
  }

  /** @param {import("./options.js").Meaning} meaning */
  settle({ positionByContent }) {
    if (!positionByContent && BY_CONTENT.includes(this.value)) this.value = MIDDLE;
  }

  /**
   * @param {import("./options.js").Options} options
   * @param {import("./options.js").Meaning} meaning
   */
  show({ fit, width, height, withoutEnlargement }, { positionByContent }) {
    this.#controls.find("by-content").hidden = !positionByContent;
    this.#controls.find("position-hint").textContent =
      fit === "cover" ? "What stays when the rest is cropped." : "Where the picture sits between the bars.";
    this.#controls.find("focal").hidden = this.value !== "point";
    this.#controls.find("focal-hint").textContent = "Click what matters, or move the point with the arrow keys.";
    this.#focal.showPart({ width: Number(width), height: Number(height), withoutEnlargement });
  }
}

/**
 * @param {string} value
 * @param {string} words
 */
function choice(value, words) {
  const radio = build("input", { type: "radio", name: "position", value, className: "choice" });
  radio.defaultChecked = value === MIDDLE;
  const name = build("span", { textContent: words, className: "visually-hidden" });
  return build("label", { className: "point", title: words }, radio, name);
}
