/** The background: a few usual ones, and any color. */

import { backgroundHint } from "./options.js";

const ANY = "custom";

export class Background {
  #controls;

  /** @param {import("./controls.js").Controls} controls */
  constructor(controls) {
    this.#controls = controls;
    controls.input("background-color").addEventListener("input", () => controls.choose("background", ANY));
  }

  /** A color, or `transparent`. */
  get value() {
    const choice = this.#controls.chosen("background");
    return choice === ANY ? this.#controls.input("background-color").value : choice;
  }

  set value(value) {
    if (this.#controls.choose("background", value)) return;
    this.#controls.choose("background", ANY);
    this.#controls.input("background-color").value = value;
  }

  /** @param {import("./options.js").Meaning} meaning */
  settle({ transparency }) {
    if (!transparency && this.value === "transparent") this.value = "#ffffff";
  }

  /**
   * @param {import("./options.js").Options} options
   * @param {import("./options.js").Meaning} meaning
   */
  show(options, { transparency }) {
    this.#controls.radio("background", "transparent").disabled = !transparency;
    this.#controls.find("background-hint").textContent = backgroundHint(options);
  }
}
