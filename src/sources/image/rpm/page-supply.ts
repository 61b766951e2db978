import { RpmDamage } from './bytes.ts';

/**
 * The pages of a database, each handed out once, and as many bytes of records as the file has: pages in a circle and
 * records that share their bytes end here, so that reading takes no longer than the file is long.
 */
export class PageSupply {
  readonly count: number;
  readonly #pageOf: (number: number) => Buffer;
  readonly #isTaken: Uint8Array;
  #bytesLeft: number;

  /** Pages `0` to `count - 1`, of `bytes` in total. */
  constructor(count: number, bytes: number, pageOf: (number: number) => Buffer) {
    this.count = count;
    this.#pageOf = pageOf;
    this.#isTaken = new Uint8Array(count);
    this.#bytesLeft = bytes;
  }

  take(number: number): Buffer {
    if (number >= this.count) throw new RpmDamage('it names a page beyond its end');
    if (this.#isTaken[number] === 1) throw new RpmDamage('a page of it is used twice');
    this.#isTaken[number] = 1;
    return this.#pageOf(number);
  }

  /** Asked before a record of so many bytes is put together. */
  spend(bytes: number): void {
    this.#bytesLeft -= bytes;
    if (this.#bytesLeft < 0) throw new RpmDamage('its records are larger than the file');
  }
}
