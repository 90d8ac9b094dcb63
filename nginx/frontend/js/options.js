/**
 * What the form asks for, and which of its controls mean something together. The rules are the service's: see
 * `parameters` in `/openapi.json`.
 *
 * @typedef {object} Options  The form as it stands.
 * @property {string} make  `image`, `own set`, or the name of a preset.
 * @property {string} width  Digits or nothing.
 * @property {string} height
 * @property {string} fit
 * @property {string} position  Of the service, or `point`.
 * @property {{x: number, y: number}} point  Where the position is `point`.
 * @property {string} background  A color, or `transparent`.
 * @property {boolean} withoutEnlargement
 * @property {string} format
 * @property {number|null} quality  Null leaves it to the service.
 * @property {string} widths  Of a set of one's own, as they were typed.
 * @property {string[]} formats  Of it.
 *
 * @typedef {object} Meaning  Which controls matter.
 * @property {boolean} position
 * @property {boolean} positionByContent
 * @property {boolean} background
 * @property {boolean} transparency  Whether the result can be transparent.
 * @property {boolean} quality
 */

import { ownSetInWords, variantsFor } from "./own-set.js";

export const ONE_IMAGE = "image";
/** No name of a preset has a space. */
export const OWN_SET = "own set";
const WITHOUT_QUALITY = new Set(["png", "gif"]);
const WITHOUT_TRANSPARENCY = new Set(["jpeg"]);

/**
 * @param {Options} options
 * @returns {Meaning}
 */
export function meaningOf({ width, height, fit, format }) {
  const box = Boolean(width && height);
  const transparency = !WITHOUT_TRANSPARENCY.has(format);
  return {
    position: box && (fit === "cover" || fit === "contain"),
    positionByContent: box && fit === "cover",
    background: (box && fit === "contain") || !transparency,
    transparency,
    quality: hasQuality(format),
  };
}

/** @param {string} format */
export function hasQuality(format) {
  return !WITHOUT_QUALITY.has(format);
}

/**
 * What is asked of each picture.
 * @param {Options} options
 * @returns {import("./types.js").Wish}
 */
export function wishOf(options) {
  if (options.make === OWN_SET) return { variants: variantsFor(options), markup: true };
  return options.make === ONE_IMAGE ? { parameters: parametersOf(options) } : { preset: options.make };
}

/**
 * Whether a wish is for a set, which comes with code for a page.
 * @param {import("./types.js").Wish} wish
 */
export function isSet({ preset, markup }) {
  return Boolean(preset ?? markup);
}

/**
 * The parameters of a request: only what means something, so that equal wishes are equal requests.
 * @param {Options} options
 * @returns {import("./types.js").Parameters}
 */
export function parametersOf(options) {
  const meaning = meaningOf(options);
  return {
    ...(options.width && { width: Number(options.width) }),
    ...(options.height && { height: Number(options.height) }),
    ...(options.width && options.height && { fit: options.fit }),
    ...(meaning.position && options.position !== "center" && { position: placeOf(options) }),
    ...(meaning.background && { background: options.background }),
    ...(options.withoutEnlargement && { without_enlargement: true }),
    format: options.format,
    ...(meaning.quality && options.quality !== null && { quality: options.quality }),
  };
}

/** @param {Options} options */
function placeOf({ position, point }) {
  return position === "point" ? point : position;
}

/** @type {Record<string, string>} */
const FIT_HINTS = {
  cover: "Fills the box exactly; what sticks out is cropped.",
  contain: "The whole picture in the box; bars fill the rest.",
  fill: "Stretched to the box, whatever its proportions.",
  inside: "As large as the box allows; nothing cropped, no bars.",
  outside: "As small as still covers the box; nothing cropped.",
};

/**
 * What the chosen fit does.
 * @param {Options} options
 */
export function fitHint({ width, height, fit }) {
  if (width && height) return FIT_HINTS[fit];
  return "With one side given, every fit gives the same.";
}

/**
 * Where the quality stands, or why it does not.
 * @param {Options} options
 */
export function qualityHint(options) {
  if (!meaningOf(options).quality)
    return `${options.format.toUpperCase()} keeps every pixel as it is: there is no quality to choose.`;
  return options.format === "source"
    ? "Used where the original's format has one."
    : "Lower is smaller; 80 looks like the original.";
}

/**
 * What the background is for.
 * @param {Options} options
 */
export function backgroundHint(options) {
  const { transparency } = meaningOf(options);
  return transparency ? "Fills the bars around the picture." : "JPEG has no transparency: this shows through instead.";
}

/** What was asked, in a line: `800 × auto, WebP`. */
const SIDE = "auto";

/**
 * @param {import("./types.js").Wish} wish
 * @param {(format: string) => string} formatName
 */
export function inWords({ preset, parameters, variants }, formatName) {
  if (preset) return `${preset} set`;
  if (variants) return `own set: ${ownSetInWords(variants)}`;
  const { width = SIDE, height = SIDE, fit, format, quality } = parameters ?? {};
  const box = width !== SIDE && height !== SIDE && fit ? ` ${fit}` : "";
  const sort = format === "source" ? "same format" : formatName(String(format));
  return `${width} × ${height}${box}, ${sort}${quality ? `, quality ${quality}` : ""}`;
}
