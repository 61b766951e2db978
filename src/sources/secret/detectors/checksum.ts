import { crc32 } from '../crc32.ts';

const base62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** GitHub and npm tokens end in the CRC-32 of their random part, base62, padded to 6 (GitHub engineering blog 2021-04-05). */
export function hasTokenChecksum(value: string): boolean {
  const random = value.slice(value.indexOf('_') + 1, -6);
  let rest = crc32(Buffer.from(random, 'latin1'));
  let digits = '';
  for (let index = 0; index < 6; index++) {
    digits = `${base62[rest % 62] ?? ''}${digits}`;
    rest = Math.floor(rest / 62);
  }
  return digits === value.slice(-6);
}

const bech32Digits = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const bech32Generator = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];

function bech32Remainder(values: readonly number[]): number {
  return values.reduce((check, value) => {
    const top = check >>> 25;
    const shifted = ((check & 0x1ffffff) << 5) ^ value;
    return bech32Generator.reduce((sum, term, bit) => (((top >>> bit) & 1) === 1 ? sum ^ term : sum), shifted);
  }, 1);
}

/** Whether a text is valid bech32, all in one case (BIP 173): what age's secret keys are. */
export function isBech32(text: string): boolean {
  const lower = text.toLowerCase();
  const separator = lower.lastIndexOf('1');
  if ((text !== lower && text !== text.toUpperCase()) || separator < 1) return false;
  const codes = [...lower.slice(0, separator)].map((character) => character.charCodeAt(0));
  const digits = [...lower.slice(separator + 1)].map((character) => bech32Digits.indexOf(character));
  if (digits.length < 6 || digits.includes(-1)) return false;
  return bech32Remainder([...codes.map((code) => code >> 5), 0, ...codes.map((code) => code & 31), ...digits]) === 1;
}

const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/**
 * The account an AWS access key id belongs to: bits 1 to 40 of what follows its four-letter prefix, base32. Null when that
 * is no account number, which has 12 digits. Ids from before 2019 (`AKIAI`, `AKIAJ`) do not hold one.
 */
export function awsAccountOf(id: string): string | null {
  if (/^AKIA[IJ]/.test(id)) return null;
  const digits = [...id.slice(4, 14)].map((character) => base32.indexOf(character));
  if (digits.length < 10 || digits.includes(-1)) return null;
  const bits = digits.reduce((sum, digit) => sum * 32n + BigInt(digit), 0n);
  const account = (bits >> 9n) & 0xff_ffff_ffffn;
  return account < 1_000_000_000_000n ? String(account).padStart(12, '0') : null;
}
