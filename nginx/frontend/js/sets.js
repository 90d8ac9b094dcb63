/**
 * The sets of images that the service makes by name: a built-in one, and those of whoever runs it.
 *
 * @typedef {import("./types.js").Parameters} Parameters
 * @typedef {Record<string, Parameters>} ImageSet  What is asked of each image, by its name.
 */

import { Problem, Unreachable, ask } from "./http.js";
import { OWN_SET } from "./options.js";

const MOST_IN_WORDS = 4;
const RESPONSIVE = "Five widths in AVIF, WebP and JPEG, and the code for your page.";
const OWN = "Widths and formats of your own, none larger than the original, and the code for your page.";

/**
 * @returns {Promise<Record<string, ImageSet>>}  None while the service does not tell: the form works without.
 */
export async function setsOfService() {
  try {
    return (await ask("/presets", { signal: new AbortController().signal })).presets;
  } catch (error) {
    if (error instanceof Problem || error instanceof Unreachable) return {};
    throw error;
  }
}

/**
 * What a set has, in a sentence.
 * @param {string} name
 * @param {ImageSet} set
 */
export function setInWords(name, set) {
  if (name === "responsive") return RESPONSIVE;
  if (name === OWN_SET) return OWN;
  const images = Object.entries(set).map(([each, { width, height }]) => `${each} ${boxInWords(width, height)}`.trim());
  const more = images.length - MOST_IN_WORDS;
  return `${images.slice(0, MOST_IN_WORDS).join(", ")}${more > 0 ? ` and ${more} more` : ""}.`;
}

/**
 * @param {Parameters[string]|undefined} width
 * @param {Parameters[string]|undefined} height
 */
function boxInWords(width, height) {
  if (width && height) return `${width} × ${height}`;
  if (width) return `${width} px wide`;
  return height ? `${height} px high` : "";
}
