/**
 * The API key of whoever sits at the page, where the service asks for one: what requests are sent with, asked for when
 * one is refused without.
 *
 * It is kept in the session storage: it is as good as a password, so it ends with the tab and no other tab has it, but
 * a reload does not ask again. It stands in no address and in no part of the page.
 *
 * @typedef {object} Answered  What is looked at of an answer.
 * @property {number} status
 * @property {(name: string) => string|null} header
 *
 * @typedef {(wasRefused: boolean) => Promise<void>} Asker  Has the person give a key, or none.
 */

const KEPT = "pixelmill.key";

let key = recall();
let wasAskedFor = key !== null;
/** @type {Promise<void>|null} */
let asking = null;
/** Whether the person has said that there is none, and done nothing since. */
let isDeclined = false;
/** @type {Asker} */
let askPerson = async () => {};
const news = new EventTarget();

/** @param {Asker} asker */
export function askWith(asker) {
  askPerson = asker;
}

/** The person does something: they may be asked again. */
export function mayAskAgain() {
  isDeclined = false;
}

/** @param {() => void} listener  Called when the key changes, and when the service first asks for one. */
export function onKeyNews(listener) {
  news.addEventListener("news", listener);
}

export function hasKey() {
  return key !== null;
}

/** Whether this is a service that asks for keys, as far as anybody knows yet. */
export function isAskedFor() {
  return wasAskedFor;
}

/** @param {string|null} text  Null forgets the one there was. */
export function useKey(text) {
  key = text;
  try {
    if (text === null) sessionStorage.removeItem(KEPT);
    else sessionStorage.setItem(KEPT, text);
  } catch {
    /* Then it is good until the page is reloaded. */
  }
  news.dispatchEvent(new Event("news"));
}

/** @param {string} text */
export function headersWith(text) {
  return { Authorization: `Bearer ${text}` };
}

/**
 * Send a request with the key. If it is refused for want of a good one, the person is asked for another and it is sent
 * again; the refusal stands if there is none. While a key is asked for nothing is sent: it would be refused as well.
 * @template {Answered} T
 * @param {(headers: Record<string, string>) => Promise<T>} send
 * @param {AbortSignal} signal
 * @returns {Promise<T>}
 */
export async function withKey(send, signal) {
  for (;;) {
    if (asking) await orAborted(asking, signal);
    const shown = key;
    const answer = await send(shown === null ? {} : headersWith(shown));
    if (!wantsAnother(answer) || !(await another(shown, signal))) return answer;
  }
}

/** @param {Answered} answer */
function wantsAnother({ status, header }) {
  return status === 401 && /^Bearer\b/.test(header("WWW-Authenticate") ?? "");
}

/**
 * @param {string|null} refused
 * @param {AbortSignal} signal
 * @returns {Promise<boolean>}  Whether there is one.
 */
async function another(refused, signal) {
  if (key === refused) {
    wasAskedFor = true;
    if (isDeclined) return false;
    asking ??= ask(refused);
    await orAborted(asking, signal);
  }
  return key !== null && key !== refused;
}

/** @param {string|null} refused  Opens nothing any more. */
async function ask(refused) {
  useKey(null);
  await askPerson(refused !== null);
  asking = null;
  isDeclined = key === null;
}

/**
 * @param {Promise<void>} promise
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 */
function orAborted(promise, signal) {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    promise.then(resolve, reject);
  });
}

/** @returns {string|null} */
function recall() {
  try {
    return sessionStorage.getItem(KEPT);
  } catch {
    return null;
  }
}
