/** The quality: a slider that leaves it to the service until somebody moves it. */

import { qualityHint } from "./options.js";

export class Quality {
  #controls;
  #slider;
  #isChosen = false;

  /** @param {import("./controls.js").Controls} controls */
  constructor(controls) {
    this.#controls = controls;
    this.#slider = controls.input("quality");
    this.#slider.addEventListener("input", () => {
      this.#isChosen = true;
    });
    controls.find("quality-automatic").addEventListener("click", () => this.#leaveAlone());
  }

  /** @returns {number|null}  Null leaves it to the service. */
  get value() {
    return this.#isChosen ? this.#slider.valueAsNumber : null;
  }

  set value(value) {
    this.#isChosen = value !== null;
    if (value !== null) this.#slider.value = String(value);
  }

  /**
   * @param {import("./options.js").Options} options
   * @param {boolean} matters
   */
  show(options, matters) {
    const words = this.value === null ? "automatic" : String(this.value);
    this.#slider.disabled = !matters;
    this.#slider.setAttribute("aria-valuetext", words);
    this.#slider.style.setProperty("--at", `${this.#slider.value}%`);
    this.#slider.classList.toggle("automatic", this.value === null);
    this.#controls.find("quality-value").textContent = matters ? words : "";
    this.#controls.find("quality-automatic").hidden = !matters || this.value === null;
    this.#controls.find("quality-hint").textContent = qualityHint(options);
  }

  #leaveAlone() {
    this.#isChosen = false;
    this.#controls.announce();
    this.#slider.focus();
  }
}
