/** How many calls of a kind run at once: a browser opens only six connections to a server. */
export class Slots {
  /** @type {(() => void)[]} */
  #waiting = [];
  #free;

  /** @param {number} count */
  constructor(count) {
    this.#free = count;
  }

  /** Whether somebody waits, so that whoever holds a slot had better be quick. */
  get crowded() {
    return this.#waiting.length > 0;
  }

  /**
   * Run something in a slot, in the order of asking.
   * @template T
   * @param {() => Promise<T>} work
   * @returns {Promise<T>}
   */
  async use(work) {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise((/** @type {(value?: unknown) => void} */ resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free += 1;
    }
  }
}
