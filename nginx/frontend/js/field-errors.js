/**
 * Errors beside the fields they are about.
 *
 * @typedef {{field: string, detail: string}} FieldError
 */

/** The message and the control of each field the service may refuse. */
/** @type {Record<string, {message: string, control: string}>} */
const PLACES = {
  image_url: { message: "image-url-error", control: "#image-url" },
  image: { message: "source-error", control: "#files" },
  preset: { message: "make-error", control: "[name=make]:checked" },
  widths: { message: "widths-error", control: "#widths" },
  formats: { message: "formats-error", control: "[name=formats]" },
  width: { message: "width-error", control: "#width" },
  height: { message: "height-error", control: "#height" },
  size: { message: "size-error", control: "#width" },
  fit: { message: "fit-error", control: "[name=fit]:checked" },
  position: { message: "position-error", control: "[name=position]:checked" },
  background: { message: "background-error", control: "[name=background]:checked" },
  format: { message: "format-error", control: "[name=format]:checked" },
  quality: { message: "quality-error", control: "#quality" },
  form: { message: "form-error", control: "#submit" },
};

/**
 * The field of the form that a field of the request belongs to.
 * @param {string} field  Dotted, such as `parameters.width`.
 */
export function placeOf(field) {
  const last = field.split(".").pop() ?? "";
  if (field === "parameters") return "size";
  if (field === "" || !Object.hasOwn(PLACES, last)) return "form";
  return last;
}

/**
 * Show errors, and put the cursor into the first field that has one.
 * @param {HTMLFormElement} form
 * @param {FieldError[]} errors
 */
export function showErrors(form, errors) {
  clearErrors(form);
  for (const { field, detail } of errors) {
    const place = PLACES[placeOf(field)];
    const { message, control } = isShown(form, place) ? place : PLACES.form;
    const line = element(form, `#${message}`);
    line.textContent = [line.textContent, sentence(detail)].filter(Boolean).join(" ");
    line.hidden = false;
    element(form, control).setAttribute("aria-invalid", "true");
  }
  const first = /** @type {HTMLElement|null} */ (form.querySelector("[aria-invalid=true]"));
  first?.focus();
}

/** @param {HTMLFormElement} form */
export function clearErrors(form) {
  for (const line of form.querySelectorAll(".error")) {
    line.textContent = "";
    /** @type {HTMLElement} */ (line).hidden = true;
  }
  for (const control of form.querySelectorAll("[aria-invalid]")) control.removeAttribute("aria-invalid");
}

/**
 * Whether the field is among those that mean something now: a set's images have fields of one image.
 * @param {HTMLFormElement} form
 * @param {{message: string}} place
 */
function isShown(form, { message }) {
  return !element(form, `#${message}`).closest("fieldset")?.hidden;
}

/**
 * @param {HTMLElement} within
 * @param {string} selector
 */
function element(within, selector) {
  return /** @type {HTMLElement} */ (within.querySelector(selector));
}

/** @param {string} text */
function sentence(text) {
  const start = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(start) ? start : `${start}.`;
}
