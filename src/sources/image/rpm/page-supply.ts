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
  #record = Buffer.alloc(0);

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

  /** Room for a record of so many bytes, which lasts until the next: thousands of their own would pile up. */
  recordOf(bytes: number): Buffer {
    this.#bytesLeft -= bytes;
    if (this.#bytesLeft < 0) throw new RpmDamage('its records are larger than the file');
    if (bytes > this.#record.length) this.#record = Buffer.allocUnsafeSlow(2 * bytes);
    return this.#record.subarray(0, bytes);
  }
}
