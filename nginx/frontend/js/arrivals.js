/**
 * The ways a picture gets onto the page without typing: chosen, dropped anywhere, or pasted.
 *
 * @typedef {object} Arrivals
 * @property {(files: File[]) => void} onFiles
 * @property {(url: string) => void} onUrl
 */

/**
 * @param {HTMLInputElement} input
 * @param {HTMLElement} veil  Shown while something hangs over the page.
 * @param {Arrivals} arrivals
 */
export function watchArrivals(input, veil, arrivals) {
  input.addEventListener("change", () => {
    arrivals.onFiles([...(input.files ?? [])]);
    input.value = "";
  });
  document.addEventListener("paste", (event) => receivePaste(event, arrivals));
  watchDrops(veil, (data) => receive(data, arrivals));
}

/**
 * @param {HTMLElement} veil
 * @param {(data: DataTransfer) => void} onDrop
 */
function watchDrops(veil, onDrop) {
  const carries = (/** @type {DragEvent} */ event) =>
    event.dataTransfer?.types.some((type) => type === "Files" || type === "text/uri-list");
  document.addEventListener("dragover", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    veil.hidden = false;
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) veil.hidden = true;
  });
  document.addEventListener("drop", (event) => {
    veil.hidden = true;
    if (!carries(event) || !event.dataTransfer) return;
    event.preventDefault();
    onDrop(event.dataTransfer);
  });
}

/**
 * Text pasted into a field stays there; a picture, or an address pasted beside the fields, is taken.
 * @param {ClipboardEvent} event
 * @param {Arrivals} arrivals
 */
function receivePaste(event, arrivals) {
  const data = event.clipboardData;
  const inField = event.target instanceof HTMLInputElement;
  if (!data || (inField && data.files.length === 0)) return;
  if (receive(data, arrivals)) event.preventDefault();
}

/**
 * @param {DataTransfer} data
 * @param {Arrivals} arrivals
 * @returns {boolean}  Whether there was something for us in it.
 */
function receive(data, { onFiles, onUrl }) {
  const files = [...data.files];
  if (files.length) {
    onFiles(files);
    return true;
  }
  const text = (data.getData("text/uri-list") || data.getData("text/plain")).trim().split(/\s/)[0];
  const isUrl = /^https?:\/\//i.test(text);
  if (isUrl) onUrl(text);
  return isUrl;
}
