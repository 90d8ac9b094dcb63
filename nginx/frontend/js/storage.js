/** What this browser keeps between visits; nothing where it may not keep anything. */

/**
 * @param {string} key
 * @returns {unknown}  Null where there is nothing, or nothing that can be read.
 */
export function recall(key) {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null");
  } catch {
    return null;
  }
}

/**
 * @param {string} key
 * @param {unknown} value
 */
export function remember(key, value) {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    /* The page works without. */
  }
}
