/** Numbers in the form people read them. */

const number = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });
const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/**
 * `48.2 kB`, in the decimal units of file managers.
 * @param {number} bytes
 */
export function size(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  const units = ["kB", "MB", "GB"];
  const power = Math.min(Math.floor(Math.log10(bytes) / 3), units.length);
  return `${number.format(bytes / 1000 ** power)} ${units[power - 1]}`;
}

/**
 * `800 × 600`
 * @param {number} width
 * @param {number} height
 */
export function dimensions(width, height) {
  return `${width} × ${height}`;
}

/**
 * `88 % smaller`, measured against what it was made from. Something is always left: it is never 100 %.
 * @param {number} bytes
 * @param {number} originalBytes
 */
export function saved(bytes, originalBytes) {
  const percent = Math.round((1 - bytes / originalBytes) * 100);
  if (percent === 0) return "same size";
  if (percent === 100) return "over 99 % smaller";
  return percent > 0 ? `${percent} % smaller` : `${whole.format(-percent)} % larger`;
}

/**
 * `42 ms`, `1.3 s`
 * @param {number} milliseconds
 */
export function duration(milliseconds) {
  if (milliseconds < 1) return "under 1 ms";
  if (milliseconds < 1000) return `${whole.format(milliseconds)} ms`;
  return `${number.format(milliseconds / 1000)} s`;
}

/**
 * `12 min`: how long something stays, rounded down so that it never promises too much.
 * @param {number} milliseconds
 */
export function remaining(milliseconds) {
  if (milliseconds < MINUTE_MS) return `${Math.max(0, Math.floor(milliseconds / 1000))} s`;
  if (milliseconds < 2 * HOUR_MS) return `${Math.floor(milliseconds / MINUTE_MS)} min`;
  return `${Math.floor(milliseconds / HOUR_MS)} h`;
}

const FORMAT_NAMES = new Map([
  ["jpeg", "JPEG"],
  ["png", "PNG"],
  ["webp", "WebP"],
  ["avif", "AVIF"],
  ["gif", "GIF"],
  ["tiff", "TIFF"],
]);

/**
 * `WebP`
 * @param {string} format
 */
export function formatName(format) {
  return FORMAT_NAMES.get(format) ?? format;
}

/**
 * What a person calls the picture behind an address: its last part, or the host.
 * @param {string} url
 */
export function nameOfUrl(url) {
  if (!URL.canParse(url)) return url;
  const { pathname, host } = new URL(url);
  const last = pathname.split("/").filter(Boolean).pop();
  if (!last) return host;
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}

/**
 * The site of a picture, or the bucket it lies in.
 * @param {string} url
 */
export function siteOfUrl(url) {
  return URL.canParse(url) ? new URL(url).host : "";
}

/**
 * The name a result is saved under: `cat-800x600.webp`.
 * @param {string} name
 * @param {import("./types.js").Variant} variant
 */
export function fileName(name, variant) {
  const stem = name.replace(/\.[a-z0-9]{2,5}$/i, "").replace(/[^\p{L}\p{N}._ -]+/gu, "-") || "picture";
  const extension = variant.format === "jpeg" ? "jpg" : variant.format;
  return `${stem}-${variant.width}x${variant.height}.${extension}`;
}
