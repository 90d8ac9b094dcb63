/**
 * A set of one's own: some widths, each in some formats. Named and made as the sets of the service are, none of its
 * images larger than the original.
 *
 * @typedef {object} Chosen
 * @property {string} widths  As it was typed: `320, 640, 1280`.
 * @property {string[]} formats
 */

import { formatName } from "./format.js";

/** The limits of the service: of a side in pixels, and of the images of one task. */
export const MOST_PIXELS = 8192;
export const MOST_FILES = 20;
const MOST_IN_WORDS = 5;

/**
 * The widths in a text, the smallest first, each once.
 * @param {string} text  Numbers with commas, spaces or both between them.
 * @returns {number[]|null}  Null if something else is there.
 */
export function widthsIn(text) {
  const words = text.split(/[\s,;]+/).filter(Boolean);
  const widths = words.map(Number).sort((one, other) => one - other);
  const areWhole = words.every((word) => /^\d+$/.test(word));
  return areWhole && widths.every((each) => each >= 1 && each <= MOST_PIXELS) ? [...new Set(widths)] : null;
}

/**
 * What keeps a set from being made.
 * @param {Chosen} chosen
 * @returns {{field: string, detail: string}[]}
 */
export function missingIn({ widths: text, formats }) {
  const widths = widthsIn(text);
  const files = (widths?.length ?? 0) * formats.length;
  const wrong = (/** @type {string} */ field, /** @type {string} */ detail) => ({ field, detail });
  return [
    ...(widths ? [] : [wrong("widths", `Whole numbers from 1 to ${MOST_PIXELS}, with commas between them`)]),
    ...(widths?.length === 0 ? [wrong("widths", "Give at least one width")] : []),
    ...(files > MOST_FILES ? [wrong("widths", `${files} files are too many: give fewer widths or formats`)] : []),
    ...(formats.length === 0 ? [wrong("formats", "Choose at least one format")] : []),
  ];
}

/**
 * What is asked of each image, by its name.
 * @param {Chosen} chosen  Nothing is missing in it.
 * @returns {Record<string, import("./types.js").Parameters>}
 */
export function variantsFor({ widths, formats }) {
  const images = formats.flatMap((format) => (widthsIn(widths) ?? []).map((width) => ({ width, format })));
  return Object.fromEntries(
    images.map(({ width, format }) => [`${format}-${width}`, { width, format, without_enlargement: true }]),
  );
}

/**
 * How many files come of it, in a sentence.
 * @param {Chosen} chosen
 */
export function countInWords({ widths: text, formats }) {
  const widths = widthsIn(text)?.length ?? 0;
  const files = widths * formats.length;
  if (files === 0) return "No files yet.";
  const words = `${counted(widths, "width")} in ${counted(formats.length, "format")}: ${counted(files, "file")}`;
  return files > MOST_FILES ? `${words}, more than the ${MOST_FILES} that are made at once.` : `${words}.`;
}

/**
 * What was asked, in a line: `320, 640, 1280 px wide, WebP, JPEG`.
 * @param {Record<string, import("./types.js").Parameters>} variants
 */
export function ownSetInWords(variants) {
  const all = Object.values(variants);
  const widths = [...new Set(all.map(({ width }) => Number(width)))];
  const formats = [...new Set(all.map(({ format }) => formatName(String(format))))];
  const span = `${widths.length} widths from ${Math.min(...widths)} to ${Math.max(...widths)} px`;
  return `${widths.length > MOST_IN_WORDS ? span : `${widths.join(", ")} px wide`}, ${formats.join(", ")}`;
}

/**
 * @param {number} count
 * @param {string} word
 */
function counted(count, word) {
  return `${count} ${count === 1 ? word : `${word}s`}`;
}
