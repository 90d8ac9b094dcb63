/** The page put together: what is chosen goes through the form onto the board. */

import { watchArrivals } from "./arrivals.js";
import { Board } from "./board.js";
import { Chosen } from "./chosen.js";
import { DeadLetters } from "./dead-letters.js";
import { Estimate } from "./estimate.js";
import { clearErrors, showErrors } from "./field-errors.js";
import { Follower } from "./follower.js";
import { Form } from "./form.js";
import { nameOfUrl } from "./format.js";
import { HistoryView } from "./history-view.js";
import { hasKey, onKeyNews } from "./key.js";
import { KeyDialog } from "./key-dialog.js";
import { Narrator } from "./narrator.js";
import { OperateView } from "./operate-view.js";
import { wishOf } from "./options.js";
import { drawSample } from "./sample.js";
import { setsOfService } from "./sets.js";
import { Views } from "./views.js";

/**
 * @template {HTMLElement} [T=HTMLElement]
 * @param {string} id
 */
const find = (id) => /** @type {T} */ (document.getElementById(id));

const formElement = /** @type {HTMLFormElement} */ (find("form"));
const url = /** @type {HTMLInputElement} */ (find("image-url"));
const results = find("results");
const narrator = new Narrator(find("status"));
const follower = new Follower();
const form = new Form(formElement);
const chosen = new Chosen(find("chosen"), /** @type {HTMLTemplateElement} */ (find("chosen-template")), showCount);
new KeyDialog(/** @type {HTMLDialogElement} */ (find("key-dialog")), find("key-button"), () => {
  board.clear();
  beginAnew();
  location.hash = "#/";
  narrator.say("The key is forgotten, the results are cleared.");
});
setsOfService().then((sets) => form.offerSets(sets));
const board = new Board({
  section: results,
  list: find("cards"),
  empty: find("empty"),
  clear: find("clear"),
  tally: find("tally"),
  template: /** @type {HTMLTemplateElement} */ (find("card-template")),
  narrator,
  follower,
  onRefused: showRefusal,
});
const estimate = new Estimate(find("estimate"), {
  follower,
  narrator,
  subject: (isAsked) =>
    (isAsked ? accepts() : form.isOneImage) ? { origin: chosenOrigins()[0], options: form.options } : null,
  onPick: (format) => form.pickFormat(format),
  onRefused: showRefusal,
});
const views = new Views(
  [...document.querySelectorAll("[data-view]")].map((section) => /** @type {HTMLElement} */ (section)),
  [...find("views").querySelectorAll("a")],
  {
    history: new HistoryView(find("history"), narrator),
    operate: new OperateView(find("operate"), new DeadLetters(find("dead-letters"), narrator)),
  },
);
onKeyNews(() => {
  if (!hasKey()) return;
  board.unlock();
  views.refresh();
});
/** Whether what is chosen was handed in already: the next picture then begins a new choice. */
let isHandedIn = false;

watchArrivals(/** @type {HTMLInputElement} */ (find("files")), find("drop-veil"), {
  onFiles: (files) => {
    beginAnew();
    chosen.add(files);
  },
  onUrl: (address) => {
    beginAnew();
    url.value = address;
    showCount();
    url.focus();
  },
});
url.addEventListener("input", () => {
  if (isHandedIn) chosen.clear();
  isHandedIn = false;
  showCount();
});
formElement.addEventListener("input", (event) => {
  const name = /** @type {Partial<HTMLInputElement>} */ (event.target).name;
  if (name !== "format") estimate.renew();
});
formElement.addEventListener("submit", (event) => {
  event.preventDefault();
  handIn();
});
find("sample").addEventListener("click", async () => {
  beginAnew();
  chosen.add([await drawSample()]);
  handIn();
});

function handIn() {
  if (!accepts()) return;
  const wish = wishOf(form.options);
  board.add(chosenOrigins(), wish);
  form.remember();
  isHandedIn = true;
  bringIntoSight(results);
}

/** Whether what is there can be sent; says beside it what cannot. */
function accepts() {
  clearErrors(formElement);
  const missing = chosenOrigins().length ? [] : [{ field: "image_url", detail: "Paste a link or choose a file" }];
  return form.accepts(missing);
}

/** @param {import("./http.js").Problem} problem */
function showRefusal({ errors, detail }) {
  showErrors(formElement, errors.length ? errors : [{ field: "", detail }]);
}

/** @param {HTMLElement} section */
function bringIntoSight(section) {
  const { top } = section.getBoundingClientRect();
  if (top >= 0 && top < innerHeight / 2) return;
  const calmly = matchMedia("(prefers-reduced-motion: reduce)").matches;
  section.scrollIntoView({ behavior: calmly ? "auto" : "smooth", block: "start" });
}

/** @returns {import("./types.js").Origin[]} */
function chosenOrigins() {
  const address = url.value.trim();
  return [
    ...(address ? [{ kind: /** @type {const} */ ("url"), name: nameOfUrl(address), url: address }] : []),
    ...chosen.files.map((file) => ({ kind: /** @type {const} */ ("file"), name: file.name, file })),
  ];
}

function beginAnew() {
  clearErrors(formElement);
  if (!isHandedIn) return;
  isHandedIn = false;
  url.value = "";
  chosen.clear();
}

function showCount() {
  const count = chosenOrigins().length;
  form.showPicture(chosen.firstPicture);
  estimate.forget();
  find("submit").textContent = count > 1 ? `Resize ${count} pictures` : "Resize";
}
