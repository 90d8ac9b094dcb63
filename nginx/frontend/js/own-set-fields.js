/** Where the widths and formats of a set of one's own are chosen. */

import { countInWords, widthsIn } from "./own-set.js";

export class OwnSetFields {
  #controls;

  /** @param {import("./controls.js").Controls} controls */
  constructor(controls) {
    this.#controls = controls;
    controls.input("widths").addEventListener("change", () => this.#tidy());
  }

  /** As it was typed. */
  get widths() {
    return this.#controls.input("widths").value;
  }

  set widths(text) {
    this.#controls.input("widths").value = text;
  }

  get formats() {
    return this.#toggles.filter(({ checked }) => checked).map(({ value }) => value);
  }

  set formats(formats) {
    for (const toggle of this.#toggles) toggle.checked = formats.includes(toggle.value);
  }

  /** @param {boolean} isAskedFor */
  show(isAskedFor) {
    for (const group of ["widths-group", "formats-group"]) this.#controls.find(group).hidden = !isAskedFor;
    this.#controls.find("count-hint").textContent = countInWords(this);
  }

  /** The widths as they are understood, in order and each once; what is not understood stays as it is. */
  #tidy() {
    this.widths = widthsIn(this.widths)?.join(", ") ?? this.widths;
  }

  get #toggles() {
    return this.#controls.toggles("formats");
  }
}
