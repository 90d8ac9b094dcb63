/** Every error of the service in words a person understands: what happened, and what to do now. */

import { size } from "./format.js";

/** @type {Record<string, [title: string, advice: string]>} */
export const WORDS = {
  invalid_request: ["Something in the form is not right.", "Check the marked fields."],
  malformed_request: ["The service could not read the request.", "Reload the page and try again."],
  request_too_large: ["This file is too large.", "Choose a smaller one, or save it with fewer pixels first."],
  unsupported_media_type: ["The service could not read the request.", "Reload the page and try again."],
  route_not_found: ["The page and the service do not fit together.", "Reload the page."],
  method_not_allowed: ["The page and the service do not fit together.", "Reload the page."],
  api_key_required: ["This service asks for a key.", "Ask whoever runs it for one."],
  invalid_api_key: ["This key opens nothing.", "It is mistyped, or was revoked. Ask whoever runs the service."],
  insufficient_scope: ["Your key does not allow this.", "Ask whoever runs the service for another one."],
  foreign_request: ["This service is for its own machine only.", "Open it as 127.0.0.1, or ask whoever runs it."],
  api_keys_unavailable: ["The service cannot check keys right now.", "Try again in a moment."],
  rate_limited: ["That was too much at once.", "Wait a moment, then try again."],
  too_many_submissions: ["Too many pictures in one minute.", "Wait a minute, then try again."],
  too_many_reads: ["Too many questions in one minute.", "Wait a minute, then look again. Nothing is lost."],
  task_not_found: ["The service does not know this picture any more.", "Make it again."],
  task_expired: ["This result has expired.", "Results are kept for a limited time."],
  task_finished: ["This is done already.", "There is nothing left to cancel."],
  not_a_dead_letter: ["This is not given up.", "It was started again, or has ended otherwise."],
  too_many_uploads: ["Too many pictures are being uploaded right now.", "Try again in a moment."],
  task_interrupted: ["The service has lost track of this picture.", "Make it again."],
  too_many_exports: ["Too many exports of the history are running.", "Try again when one has ended."],
  too_many_streams: ["Too many watch the service right now.", "The page asks from time to time instead."],

  source_forbidden: [
    "This address is off limits.",
    "The service only fetches from public web addresses. Save the picture and choose it as a file.",
  ],
  source_host_unknown: ["There is no such site.", "Check the link for a slip of the pen."],
  source_certificate_invalid: [
    "The site cannot prove who it is.",
    "Its certificate is not valid. Save the picture and choose it as a file.",
  ],
  source_unreachable: [
    "The site with this picture could not be reached.",
    "It may be down for a moment. Try again later, or check the link.",
  ],
  source_timeout: [
    "The site with this picture was too slow.",
    "Try again later, or save the picture and choose it as a file.",
  ],
  source_not_found: ["There is no picture at this address.", "The site answered “not found”. Check the link."],
  source_refused: [
    "The site does not hand this picture out.",
    "It may need a login. Save the picture and choose it as a file.",
  ],
  source_too_large: ["This picture is too large a file.", "Choose a smaller one."],
  source_not_an_image: [
    "This is not a picture.",
    "Choose a picture file, or copy the link of the picture itself, not of a page that shows it.",
  ],
  unsupported_format: ["This kind of picture is not supported.", "JPEG, PNG, WebP, AVIF, GIF and TIFF are."],
  too_many_pixels: ["This picture has too many pixels.", "Save it with fewer, then try again."],
  corrupt_image: ["This picture is damaged.", "The file ends early or contradicts itself. Get a fresh copy of it."],

  impossible_transformation: ["This size cannot be made from this picture.", "Choose another size or fit."],
  max_bytes_not_met: ["This picture cannot be made that small.", "Choose fewer pixels or another format."],
  transform_timeout: ["Resizing took too long and was stopped.", "Try a smaller size or another format."],
  transform_crashed: ["Resizing this picture failed.", "Try again, or another format."],
  worker_lost: ["The service gave up on this picture.", "It was tried several times. Try again later."],
  canceled: ["This was canceled.", "Try again if you still want it."],

  queue_full: ["The service has too much to do right now.", "Try again in a few minutes."],
  queue_unavailable: ["The service is not available right now.", "Try again in a moment."],
  store_unavailable: ["The service cannot save pictures right now.", "Try again in a moment."],
  service_unavailable: ["The service is not available right now.", "Try again in a moment."],
  trail_unavailable: ["The history is not available right now.", "Try again in a moment."],
  internal_error: ["Something went wrong on our side.", "Try again in a moment."],
};

/**
 * An error in words; a code this page does not know yet keeps the service's own.
 * @param {{code: string, title: string, detail: string}} error
 * @returns {{title: string, advice: string}}
 */
export function explain(error) {
  const known = Object.hasOwn(WORDS, error.code) ? WORDS[error.code] : null;
  const [title, advice] = known ?? [`${error.title}.`, error.detail];
  return { title, advice };
}

/**
 * Why nothing moves at the moment.
 * @param {import("./types.js").Notice} notice
 */
export function explainNotice({ reason, seconds }) {
  const words = {
    offline: "The connection to the service is lost.",
    busy: "The service asks for a short pause.",
    full: "The service has much to do right now.",
  };
  return `${words[reason]} Trying again in ${seconds} s.`;
}

/**
 * What is happening to a picture.
 * @param {import("./types.js").Entry} entry
 */
export function explainStage(entry) {
  if (entry.phase === "sending") {
    if (entry.origin.kind === "url") return "Handing it in";
    return entry.sent ? `Uploading, ${Math.round(entry.sent * 100)} %` : "Waiting to be uploaded";
  }
  const stages = {
    queued: "Waiting for its turn",
    fetching: `Fetching the picture${fetchedInWords(entry.task?.progress)}`,
    transforming: `Resizing${doneInWords(entry.task?.progress)}`,
    storing: "Saving the result",
    retrying: "That did not work; trying again in a moment",
  };
  return stages[entry.task?.stage ?? "queued"];
}

/** @param {import("./types.js").Progress|null|undefined} progress */
function fetchedInWords(progress) {
  if (!progress?.fetched_bytes) return "";
  const { fetched_bytes: fetched, total_bytes: total } = progress;
  return total ? `, ${Math.round((fetched / total) * 100)} % of ${size(total)}` : `, ${size(fetched)} so far`;
}

/** @param {import("./types.js").Progress|null|undefined} progress */
function doneInWords(progress) {
  return progress && progress.variants > 1 ? `, ${progress.variants_done} of ${progress.variants} done` : "";
}
