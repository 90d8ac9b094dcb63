/**
 * A task of the history in one line.
 *
 * @typedef {import("./types.js").Task} Task
 * @typedef {import("./types.js").Variant} Variant
 */

import { build, buildIcon } from "./build.js";
import { dimensions, formatName, nameOfUrl, siteOfUrl, size } from "./format.js";
import { explain } from "./words.js";

const DIGEST_DIGITS = 12;
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

/**
 * @param {Task} task
 * @param {Node[]} actions
 */
export function taskRow(task, ...actions) {
  const name = build("strong", { className: "row-name", textContent: nameOf(task), title: identityOf(task) });
  const site = build("span", { className: "row-site", textContent: siteOfUrl(task.source.image_url ?? "") });
  const what = build("span", { className: "row-what", textContent: outcomeOf(task) });
  const status = build("span", { className: `row-status is-${task.status}`, textContent: task.status });
  const time = build("time", { dateTime: task.queued_at, textContent: moment.format(new Date(task.queued_at)) });
  const side = build("span", { className: "row-side" }, status, time);
  const main = build("span", { className: "row-main" }, name, build("span", { className: "row-facts" }, site, what));
  return build("li", { className: "row" }, thumb(task), main, side, ...actions);
}

/**
 * What the history is searched by.
 * @param {Task} task
 */
export function identityOf({ source }) {
  return source.image_url ?? (source.sha256 ? `sha256:${source.sha256}` : "");
}

/** @param {Task} task */
export function nameOf({ source }) {
  if (source.image_url) return nameOfUrl(source.image_url);
  return source.sha256 ? `Upload ${source.sha256.slice(0, DIGEST_DIGITS)}` : "Upload";
}

/** @param {Task} task */
function outcomeOf(task) {
  if (task.error) return explain(task.error).title;
  const variants = variantsOf(task);
  if (variants.length === 0) return "";
  const bytesOfAll = variants.reduce((sum, { bytes }) => sum + bytes, 0);
  if (variants.length > 1) return `${variants.length} images, ${size(bytesOfAll)}`;
  const [{ width, height, format, bytes }] = variants;
  return `${dimensions(width, height)} ${formatName(format)}, ${size(bytes)}`;
}

/**
 * The result as long as it is kept; its address is a link.
 * @param {Task} task
 */
function thumb(task) {
  const variant = variantsOf(task).sort((one, other) => one.bytes - other.bytes)[0];
  const isKept = variant && Date.parse(task.expires_at ?? "") > Date.now();
  if (!isKept) return noPicture(task);
  const picture = build("img", { className: "thumb", src: variant.url, alt: "", loading: "lazy", decoding: "async" });
  picture.addEventListener("error", () => picture.classList.add("unseen"));
  const link = build("a", { href: variant.url }, picture);
  link.setAttribute("aria-label", `Result of ${nameOf(task)}`);
  return link;
}

/**
 * In place of a result that was not made, is not there yet, or is there no more.
 * @param {Task} task
 */
function noPicture({ status }) {
  const isFailed = status === "failed";
  const icon = isFailed ? buildIcon("broken", "blank blank-failed") : buildIcon("clock", "blank");
  return build("span", { className: isFailed ? "thumb is-failed" : "thumb" }, icon);
}

/**
 * The images there are: those that came out alike share one.
 * @param {Task} task
 * @returns {Variant[]}
 */
function variantsOf({ result }) {
  const made = Object.values(result?.variants ?? {}).flatMap((variant) => ("error" in variant ? [] : [variant]));
  return [...new Map(made.map((variant) => [variant.url, variant])).values()];
}
