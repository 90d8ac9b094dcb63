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
 *
 * @typedef {object} Timings  Milliseconds.
 * @property {number|null} queued
 * @property {number|null} fetch
 * @property {number|null} transform
 * @property {number|null} store
 *
 * @typedef {object} Task
 * @property {string} task_id
 * @property {"pending"|"completed"|"failed"|"canceled"} status
 * @property {"queued"|"fetching"|"transforming"|"storing"|"retrying"|null} stage
 * @property {boolean} cached
 * @property {number} attempts
 * @property {SourceInfo} source
 * @property {{variants: Record<string, Variant|{error: TaskError}>}|null} result
 * @property {TaskError|null} error
 * @property {string|null} expires_at
 * @property {Timings|null} timings_ms
 *
 * @typedef {Record<string, string|number|boolean>} Parameters  What is asked of an image.
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
 * @property {Parameters} parameters
 * @property {"sending"|"working"|"done"|"failed"|"expired"} phase
 * @property {number} sent  Part of the upload that is through, 0 to 1.
 * @property {Task|null} task  As the service told it last.
 * @property {TaskError|null} failure
 * @property {Notice|null} notice
 * @property {number|null} keptUntil  When the result goes, on this computer's clock.
 */

export {};
