/**
 * What came out: sizes, dimensions, how long it took, how long it is kept.
 *
 * @typedef {import("./types.js").Entry} Entry
 * @typedef {import("./types.js").Variant} Variant
 */

import { variantsOf } from "./entry.js";
import { dimensions, duration, formatName, remaining, saved, size } from "./format.js";
import { isSet } from "./options.js";
import { showSet } from "./variants.js";

/** @type {[key: keyof import("./types.js").Timings, words: string][]} */
const PARTS = [
  ["queued", "wait"],
  ["fetch", "fetch"],
  ["transform", "resize"],
  ["store", "save"],
];

/**
 * @param {HTMLElement} card
 * @param {Entry} entry
 * @param {Variant} variant
 */
export function showOutcome(card, entry, variant) {
  const task = /** @type {import("./types.js").Task} */ (entry.task);
  const { source } = task;
  showSet(/** @type {HTMLElement} */ (card.querySelector(".set")), entry);
  if (isSet(entry.wish)) writeSet(card, variantsOf(entry));
  else writeOne(card, variant, source.bytes);
  write(card, ".original", originalInWords(source));
  write(card, ".time", task.cached ? "none: it was there already" : timeInWords(task.timings_ms));
  write(card, ".kept", entry.keptUntil ? `Kept for ${remaining(entry.keptUntil - Date.now())}` : "");
  drawTimings(/** @type {HTMLElement} */ (card.querySelector(".timings")), task.cached ? null : task.timings_ms);
}

/**
 * @param {HTMLElement} card
 * @param {Variant} variant
 * @param {number|null} sourceBytes
 */
function writeOne(card, { width, height, format, bytes }, sourceBytes) {
  write(card, ".size", size(bytes));
  write(card, ".saved", sourceBytes ? saved(bytes, sourceBytes) : "");
  card.querySelector(".saved")?.classList.toggle("grown", bytes > (sourceBytes ?? Infinity));
  write(card, ".made", `${dimensions(width, height)} ${formatName(format)}`);
}

/**
 * @param {HTMLElement} card
 * @param {Variant[]} variants
 */
function writeSet(card, variants) {
  const widths = variants.map(({ width }) => width);
  const formats = new Set(variants.map(({ format }) => formatName(format)));
  write(card, ".size", `${new Set(variants.map(({ url }) => url)).size} files`);
  write(card, ".made", `${Math.min(...widths)} to ${Math.max(...widths)} px wide, ${[...formats].join(", ")}`);
}

/** @param {import("./types.js").SourceInfo} source */
function originalInWords({ width, height, format, bytes }) {
  const parts = [
    width && height ? dimensions(width, height) : "",
    format ? formatName(format) : "",
    bytes ? size(bytes) : "",
  ];
  return parts.filter(Boolean).join(" ");
}

/** @param {import("./types.js").Timings|null} timings */
function timeInWords(timings) {
  if (!timings) return "";
  const total = PARTS.reduce((sum, [key]) => sum + (timings[key] ?? 0), 0);
  const parts = PARTS.filter(([key]) => (timings[key] ?? 0) >= 1).map(
    ([key, words]) => `${words} ${duration(timings[key] ?? 0)}`,
  );
  return parts.length ? `${duration(total)}: ${parts.join(", ")}` : duration(total);
}

/**
 * @param {HTMLElement} bar
 * @param {import("./types.js").Timings|null} timings
 */
function drawTimings(bar, timings) {
  bar.replaceChildren(
    ...(timings ? PARTS : []).map(([key]) => {
      const part = Object.assign(document.createElement("span"), { className: `timing-${key}` });
      part.style.flexGrow = String(timings?.[key] ?? 0);
      return part;
    }),
  );
}

/**
 * @param {HTMLElement} card
 * @param {string} selector
 * @param {string} text
 */
function write(card, selector, text) {
  /** @type {HTMLElement} */ (card.querySelector(selector)).textContent = text;
}
