/**
 * The shapes that travel between the modules. The first ones are the service's own (see `/openapi.json`).
 *
 * @typedef {object} TaskError
 * @property {string} code
 * @property {string} title
 * @property {string} detail
 * @property {boolean} retryable
 *
 * @typedef {object} Variant
 * @property {string} url  Relative to the service.
 * @property {string} format
 * @property {number} width
 * @property {number} height
 * @property {number} bytes
 *
 * @typedef {object} SourceInfo
 * @property {string|null} image_url
 * @property {string|null} format
 * @property {number|null} width
 * @property {number|null} height
 * @property {number|null} bytes
 * @property {string|null} sha256
 *
 * @typedef {object} Timings  Milliseconds.
 * @property {number|null} queued
 * @property {number|null} fetch
 * @property {number|null} transform
 * @property {number|null} store
 *
 * @typedef {object} Progress
 * @property {number} fetched_bytes
 * @property {number|null} total_bytes
 * @property {number} variants_done
 * @property {number} variants
 *
 * @typedef {object} Task
 * @property {string} task_id
 * @property {"pending"|"completed"|"failed"|"canceled"} status
 * @property {"queued"|"fetching"|"transforming"|"storing"|"retrying"|null} stage
 * @property {Progress|null} progress
 * @property {boolean} cached
 * @property {number} attempts
 * @property {string} queued_at
 * @property {SourceInfo} source
 * @property {{variants: Record<string, Variant|{error: TaskError}>, markup: {picture: string}|null}|null} result
 * @property {TaskError|null} error
 * @property {string|null} expires_at
 * @property {Timings|null} timings_ms
 *
 * @typedef {Record<string, string|number|boolean|{x: number, y: number}>} Parameters  What is asked of an image.
 *
 * @typedef {object} Wish  What is asked of a picture: one image, a set by its name, or several images.
 * @property {Parameters} [parameters]
 * @property {string} [preset]
 * @property {Record<string, Parameters>} [variants]
 * @property {boolean} [markup]  Whether the variants come with code for a page, as a set by its name does.
 * @property {"interactive"|"bulk"} [priority]
 *
 * @typedef {object} Origin  Where a picture comes from. A `file` does not outlive the page.
 * @property {"url"|"file"} kind
 * @property {string} name
 * @property {string} [url]
 * @property {File} [file]
 *
 * @typedef {object} Notice  Why nothing moves at the moment, and for how long.
 * @property {"offline"|"busy"|"full"} reason
 * @property {number} seconds
 *
 * @typedef {object} Entry  One picture on the page, from the click to its end.
 * @property {Origin} origin
 * @property {Wish} wish
 * @property {"sending"|"working"|"done"|"failed"|"expired"} phase
 * @property {number} sent  Part of the upload that is through, 0 to 1.
 * @property {Task|null} task  As the service told it last.
 * @property {TaskError|null} failure
 * @property {Notice|null} notice
 * @property {number|null} keptUntil  When the result goes, on this computer's clock.
 */

export {};
