/** The controls of the form, by what they are called. */

export class Controls {
  #form;

  /** @param {HTMLFormElement} form */
  constructor(form) {
    this.#form = form;
  }

  /** Something was chosen otherwise than by hand. */
  announce() {
    this.#form.dispatchEvent(new Event("input"));
  }

  /** @param {string} id */
  find(id) {
    return /** @type {HTMLElement} */ (this.#form.querySelector(`#${id}`));
  }

  /** @param {string} id */
  input(id) {
    return /** @type {HTMLInputElement} */ (this.find(id));
  }

  /** @param {string} name */
  chosen(name) {
    return /** @type {RadioNodeList} */ (this.#form.elements.namedItem(name)).value;
  }

  /**
   * @param {string} name
   * @returns {HTMLInputElement[]}
   */
  toggles(name) {
    return [...this.#form.querySelectorAll(`[name="${name}"]`)].map((each) => /** @type {HTMLInputElement} */ (each));
  }

  /**
   * @param {string} name
   * @param {string} value
   */
  radio(name, value) {
    return /** @type {HTMLInputElement} */ (this.#form.querySelector(`[name="${name}"][value="${CSS.escape(value)}"]`));
  }

  /**
   * @param {string} name
   * @param {string|undefined} value
   * @returns {boolean}  Whether there is such a choice.
   */
  choose(name, value) {
    const radio = value === undefined ? null : this.radio(name, value);
    if (radio) radio.checked = true;
    return radio !== null;
  }
}
