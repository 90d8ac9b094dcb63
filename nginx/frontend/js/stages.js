/**
 * How far a picture is, as a row of steps of which one is under way.
 *
 * @typedef {import("./types.js").Entry} Entry
 */

const STEPS = ["Queue", "Fetch", "Resize", "Save"];
/** @type {Record<string, string>} */
const STEP_OF_STAGE = {
  queued: "Queue",
  retrying: "Queue",
  fetching: "Fetch",
  transforming: "Resize",
  storing: "Save",
};

export class Stages {
  #row;
  #steps;
  /** @type {HTMLElement[]} */
  #items;

  /**
   * @param {HTMLElement} row  A progress bar.
   * @param {import("./types.js").Origin} origin
   */
  constructor(row, origin) {
    this.#row = row;
    this.#steps = origin.kind === "file" ? ["Upload", ...STEPS] : STEPS;
    this.#items = this.#steps.map((step) => {
      const bar = Object.assign(document.createElement("span"), { className: "bar" });
      const item = document.createElement("span");
      item.append(bar, step);
      return item;
    });
    row.replaceChildren(...this.#items);
  }

  /**
   * @param {Entry} entry
   * @param {string} words
   */
  show(entry, words) {
    const at = entry.phase === "sending" ? 0 : this.#steps.indexOf(STEP_OF_STAGE[entry.task?.stage ?? "queued"]);
    const part = partOf(entry);
    this.#items.forEach((item, index) => {
      item.className = index < at ? "past" : index === at ? "present" : "future";
      /** @type {HTMLElement} */ (item.firstElementChild).style.setProperty("--part", String(part ?? 0));
    });
    this.#row.classList.toggle("measured", part !== null);
    this.#row.setAttribute("aria-label", `Progress of ${entry.origin.name}`);
    this.#row.setAttribute("aria-valuenow", String(Math.round(((at + (part ?? 0)) / this.#steps.length) * 100)));
    this.#row.setAttribute("aria-valuetext", words);
  }
}

/**
 * How much of the present step is done, 0 to 1; null where nobody knows.
 * @param {Entry} entry
 * @returns {number|null}
 */
function partOf({ phase, origin, sent, task }) {
  if (phase === "sending") return origin.kind === "file" ? sent : null;
  const progress = task?.progress;
  if (!progress) return null;
  if (task.stage === "fetching" && progress.total_bytes) return progress.fetched_bytes / progress.total_bytes;
  return task.stage === "transforming" && progress.variants > 1 ? progress.variants_done / progress.variants : null;
}
