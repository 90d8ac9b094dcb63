/**
 * A point that matters, chosen on the picture: by a click, a finger or the arrow keys.
 *
 * @typedef {{x: number, y: number}} Point  Shares of width and height, 0 to 1.
 * @typedef {{left: number, top: number, width: number, height: number}} Part  Shares of the picture.
 */

const STEP = 0.01;
const LONG_STEP = 0.1;
/** @type {Record<string, [x: number, y: number]>} */
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Focal {
  /** @type {Point} */
  #point = { x: 0.5, y: 0.5 };
  #pad;
  #handle;
  #picture;
  #onChange;

  /**
   * @param {HTMLElement} pad
   * @param {() => void} onChange
   */
  constructor(pad, onChange) {
    this.#pad = pad;
    this.#onChange = onChange;
    this.#handle = /** @type {HTMLElement} */ (pad.querySelector(".focal-handle"));
    this.#picture = /** @type {HTMLImageElement} */ (pad.querySelector("img"));
    this.#picture.addEventListener("load", onChange);
    this.#picture.addEventListener("error", () => this.show(null));
    pad.addEventListener("pointerdown", (event) => this.#take(event));
    pad.addEventListener("pointermove", (event) => pad.hasPointerCapture(event.pointerId) && this.#follow(event));
    this.#handle.addEventListener("keydown", (event) => this.#step(event));
    this.point = this.#point;
  }

  get point() {
    return this.#point;
  }

  set point({ x, y }) {
    this.#point = { x: rounded(x), y: rounded(y) };
    this.#pad.style.setProperty("--x", `${this.#point.x * 100}%`);
    this.#pad.style.setProperty("--y", `${this.#point.y * 100}%`);
    this.#handle.setAttribute("aria-valuenow", String(Math.round(this.#point.x * 100)));
    this.#handle.setAttribute("aria-valuetext", inWords(this.#point));
  }

  /**
   * Choose on this picture; on an empty field where there is none that can be shown.
   * @param {string|null} url
   */
  show(url) {
    if (url === this.#picture.getAttribute("src")) return;
    this.#picture.hidden = !url;
    if (url) this.#picture.src = url;
    else this.#picture.removeAttribute("src");
    this.#onChange();
  }

  /**
   * Show what stays of the picture in a box.
   * @param {{width: number, height: number, withoutEnlargement: boolean}} box
   */
  showPart(box) {
    const { naturalWidth: width, naturalHeight: height } = this.#picture;
    const frame = /** @type {HTMLElement} */ (this.#pad.querySelector(".focal-frame"));
    frame.hidden = !(width && box.width && box.height) || this.#picture.hidden;
    if (frame.hidden) return;
    const part = partAround(this.#point, { width, height }, box);
    for (const [side, share] of Object.entries(part)) frame.style.setProperty(side, `${share * 100}%`);
  }

  /** @param {PointerEvent} event */
  #take(event) {
    this.#pad.setPointerCapture(event.pointerId);
    this.#follow(event);
    event.preventDefault();
    this.#handle.focus({ preventScroll: true });
  }

  /** @param {PointerEvent} event */
  #follow({ clientX, clientY }) {
    const { left, top, width, height } = this.#pad.getBoundingClientRect();
    this.point = { x: (clientX - left) / width, y: (clientY - top) / height };
    this.#onChange();
  }

  /** @param {KeyboardEvent} event */
  #step(event) {
    const move = MOVES[event.key];
    if (!move) return;
    event.preventDefault();
    const step = event.shiftKey ? LONG_STEP : STEP;
    this.point = { x: this.#point.x + move[0] * step, y: this.#point.y + move[1] * step };
    this.#onChange();
  }
}

/**
 * The part of a picture that `cover` keeps: as large as the box allows, the point in its middle as nearly as can be.
 * @param {Point} point
 * @param {{width: number, height: number}} picture
 * @param {{width: number, height: number, withoutEnlargement?: boolean}} box
 * @returns {Part}
 */
export function partAround(point, picture, box) {
  const covering = Math.max(box.width / picture.width, box.height / picture.height);
  const scale = box.withoutEnlargement ? Math.min(covering, 1) : covering;
  const width = Math.min(1, box.width / scale / picture.width);
  const height = Math.min(1, box.height / scale / picture.height);
  return { left: begin(point.x, width), top: begin(point.y, height), width, height };
}

/**
 * @param {number} center
 * @param {number} part
 */
function begin(center, part) {
  return Math.max(0, Math.min(center - part / 2, 1 - part));
}

/** @param {number} share */
function rounded(share) {
  return Math.round(Math.max(0, Math.min(share, 1)) * 1000) / 1000;
}

/** @param {Point} point */
function inWords({ x, y }) {
  return `${Math.round(x * 100)} % from the left, ${Math.round(y * 100)} % from the top`;
}
