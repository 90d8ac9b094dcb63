/**
 * The files of a set, by width and format, and the code that lets each browser take the one that suits it.
 *
 * @typedef {import("./types.js").Entry} Entry
 * @typedef {import("./types.js").Variant} Variant
 */

import { variantsOf } from "./entry.js";
import { dimensions, fileName, formatName, size } from "./format.js";
import { isSet } from "./options.js";

/** Addresses of results, as the service writes them into its markup. */
const RESULT = /(?<=["\s])\/images\//g;

/**
 * @param {HTMLElement} root
 * @param {Entry} entry
 */
export function showSet(root, entry) {
  const variants = variantsOf(entry);
  root.hidden = !isSet(entry.wish) || variants.length === 0;
  if (root.hidden) return;
  const [caption, head, ...rows] = isGrid(variants) ? grid(entry, variants) : list(entry);
  /** @type {HTMLElement} */ (root.querySelector("caption")).textContent = caption;
  /** @type {HTMLElement} */ (root.querySelector("thead")).replaceChildren(head);
  /** @type {HTMLElement} */ (root.querySelector("tbody")).replaceChildren(...rows);
  /** @type {HTMLElement} */ (root.querySelector("code")).textContent = codeOf(entry, location.origin);
}

/**
 * Whether width and format tell all files apart.
 * @param {Variant[]} variants
 */
function isGrid(variants) {
  const files = new Set(variants.map(({ url }) => url)).size;
  const places = new Set(variants.map(({ width, format }) => `${width} ${format}`)).size;
  return files === places && new Set(variants.map(({ format }) => format)).size > 1;
}

/**
 * @param {Entry} entry
 * @param {Variant[]} variants
 * @returns {[caption: string, head: HTMLElement, ...rows: HTMLElement[]]}
 */
function grid(entry, variants) {
  const formats = [...new Set(variants.map(({ format }) => format))];
  const widths = [...new Set(variants.map(({ width }) => width))].sort((one, other) => one - other);
  const head = row(["Width", ...formats.map(formatName)].map((words) => header(words, "col")));
  const rows = widths.map((width) =>
    row([header(`${width} px`, "row"), ...formats.map((format) => cell(entry, find(variants, width, format)))]),
  );
  return ["Files by width and format", head, ...rows];
}

/**
 * @param {Entry} entry
 * @returns {[caption: string, head: HTMLElement, ...rows: HTMLElement[]]}
 */
function list(entry) {
  const head = row(["Name", "Size", "File"].map((words) => header(words, "col")));
  const rows = Object.entries(entry.task?.result?.variants ?? {}).flatMap(([name, variant]) => {
    if ("error" in variant) return [];
    const box = Object.assign(document.createElement("td"), { textContent: dimensions(variant.width, variant.height) });
    return [row([header(name, "row"), box, cell(entry, variant)])];
  });
  return ["Files by name", head, ...rows];
}

/**
 * The code for a page, with addresses that hold on any host.
 * @param {Entry} entry
 * @param {string} origin
 */
export function codeOf({ task }, origin) {
  return task?.result?.markup?.picture.replaceAll(RESULT, `${origin}/images/`) ?? "";
}

/**
 * @param {Variant[]} variants
 * @param {number} width
 * @param {string} format
 */
function find(variants, width, format) {
  return variants.find((variant) => variant.width === width && variant.format === format);
}

/**
 * @param {Entry} entry
 * @param {Variant|undefined} variant
 */
function cell({ origin }, variant) {
  const place = document.createElement("td");
  if (!variant) return place;
  const { url, width, format, bytes } = variant;
  const link = Object.assign(document.createElement("a"), { href: url, textContent: size(bytes) });
  link.download = fileName(origin.name, variant);
  link.setAttribute("aria-label", `Download ${formatName(format)}, ${width} px wide, ${size(bytes)}`);
  place.append(link);
  return place;
}

/**
 * @param {string} words
 * @param {string} scope
 */
function header(words, scope) {
  return Object.assign(document.createElement("th"), { textContent: words, scope });
}

/** @param {HTMLElement[]} cells */
function row(cells) {
  const line = document.createElement("tr");
  line.append(...cells);
  return line;
}
