/** Values in the order they came, for one reader that waits for them. */
export class Mailbox<T> {
  readonly #values: T[] = [];
  #isClosed = false;
  #waiting: (() => void) | null = null;

  put(value: T): void {
    this.#values.push(value);
    this.#waiting?.();
  }

  /** No more will come, and what was not read yet is still given. */
  close(): void {
    this.#isClosed = true;
    this.#waiting?.();
  }

  /** The next value; undefined when there will be none. */
  async next(): Promise<T | undefined> {
    while (this.#values.length === 0 && !this.#isClosed) {
      await new Promise<void>((resolve) => {
        this.#waiting = resolve;
      });
      this.#waiting = null;
    }
    return this.#values.shift();
  }
}
