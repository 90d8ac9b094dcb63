/** The files chosen for the next click, with a small picture each. */

import { build } from "./build.js";
import { size } from "./format.js";

export class Chosen {
  /** @type {File[]} */
  #files = [];
  #list;
  #count = build("p", { className: "hint chosen-count", hidden: true });
  #template;
  #onChange;

  /**
   * @param {HTMLElement} list
   * @param {HTMLTemplateElement} template
   * @param {() => void} onChange
   */
  constructor(list, template, onChange) {
    this.#list = list;
    list.before(this.#count);
    this.#template = template;
    this.#onChange = onChange;
  }

  get files() {
    return [...this.#files];
  }

  /** Where the browser has the first of them; null if there is none. */
  get firstPicture() {
    return this.#list.querySelector("img")?.src ?? null;
  }

  /** @param {File[]} files */
  add(files) {
    for (const file of files) {
      if (this.#files.some((known) => isSame(known, file))) continue;
      this.#files.push(file);
      this.#list.append(this.#row(file));
    }
    this.#changed();
  }

  clear() {
    this.#files = [];
    for (const picture of this.#list.querySelectorAll("img")) URL.revokeObjectURL(picture.src);
    this.#list.replaceChildren();
    this.#changed();
  }

  /** @param {File} file */
  #row(file) {
    const row = /** @type {HTMLElement} */ (
      /** @type {DocumentFragment} */ (this.#template.content.cloneNode(true)).firstElementChild
    );
    const picture = /** @type {HTMLImageElement} */ (row.querySelector("img"));
    picture.loading = "lazy";
    picture.src = URL.createObjectURL(file);
    picture.onerror = () => picture.classList.add("unseen");
    /** @type {HTMLElement} */ (row.querySelector(".chosen-name")).textContent = file.name;
    /** @type {HTMLElement} */ (row.querySelector(".chosen-size")).textContent = size(file.size);
    const remove = /** @type {HTMLButtonElement} */ (row.querySelector("button"));
    remove.setAttribute("aria-label", `Leave out ${file.name}`);
    remove.addEventListener("click", () => this.#remove(file, row));
    return row;
  }

  /**
   * @param {File} file
   * @param {HTMLElement} row
   */
  #remove(file, row) {
    const neighbor = row.nextElementSibling ?? row.previousElementSibling;
    this.#files = this.#files.filter((known) => known !== file);
    URL.revokeObjectURL(/** @type {HTMLImageElement} */ (row.querySelector("img")).src);
    row.remove();
    this.#changed();
    const next = neighbor?.querySelector("button") ?? document.getElementById("files");
    next?.focus();
  }

  #changed() {
    const count = this.#files.length;
    this.#list.hidden = count === 0;
    this.#count.hidden = count < 2;
    this.#count.textContent = `${count} files chosen`;
    this.#onChange();
  }
}

/**
 * @param {File} one
 * @param {File} other
 */
function isSame(one, other) {
  return one.name === other.name && one.size === other.size && one.lastModified === other.lastModified;
}
