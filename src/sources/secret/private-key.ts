import { sequenceTags } from './der.ts';
import { readPgpKey } from './pgp-key.ts';

/** A private key found in content. */
export interface PrivateKey {
  /** e.g. `RSA private key`, `encrypted OpenSSH private key`. */
  readonly what: string;
  readonly isEncrypted: boolean;
  /** The base64 body without white space: only for the identity and the redactor, never shown. */
  readonly body: string;
}

/** Longest PEM block followed: a 16,384-bit RSA key is about 13 kB. */
export const keyReach = 32 * 1024;

/** What every PEM block begins with (RFC 7468 3). */
export const keyAnchor = '-----BEGIN ';

const integer = 0x02;
const octets = 0x04;
const sequence = 0x30;

/** The tags each PEM label's SEQUENCE begins with (RFC 8017 A.1.2, RFC 5915 3, RFC 5958 2, RFC 5208 6). */
const structures: Readonly<Record<string, { readonly tags: readonly number[]; readonly what: string }>> = {
  'RSA PRIVATE KEY': { tags: Array.from({ length: 9 }, () => integer), what: 'RSA private key' },
  'DSA PRIVATE KEY': { tags: Array.from({ length: 6 }, () => integer), what: 'DSA private key' },
  'EC PRIVATE KEY': { tags: [integer, octets], what: 'EC private key' },
  'PRIVATE KEY': { tags: [integer, sequence, octets], what: 'PKCS#8 private key' },
  'ENCRYPTED PRIVATE KEY': { tags: [sequence, octets], what: 'encrypted PKCS#8 private key' },
};

const kinds: ReadonlySet<string> = new Set(
  ['OpenSSH private key', 'PGP private key', ...Object.values(structures).map(({ what }) => what)].flatMap((what) =>
    what.startsWith('encrypted ') ? [what] : [what, `encrypted ${what}`],
  ),
);

/** Whether a text is what this program calls a kind of private key. */
export function isKeyKind(text: string): boolean {
  return kinds.has(text);
}

const opensshMagic = Buffer.from('openssh-key-v1\0');

/** The cipher name follows the magic as a 4-byte length and text (openssh PROTOCOL.key). */
function opensshKey(bytes: Buffer, body: string): PrivateKey | null {
  if (!bytes.subarray(0, opensshMagic.length).equals(opensshMagic) || bytes.length < 60) return null;
  const start = opensshMagic.length + 4;
  const length = bytes.readUInt32BE(opensshMagic.length);
  if (length === 0 || length > 64) return null;
  const isEncrypted = bytes.toString('latin1', start, start + length) !== 'none';
  return { what: isEncrypted ? 'encrypted OpenSSH private key' : 'OpenSSH private key', isEncrypted, body };
}

const blockPattern =
  /^-----BEGIN ((?:RSA |DSA |EC |OPENSSH |ENCRYPTED )?PRIVATE KEY|PGP PRIVATE KEY BLOCK)-----([\s\S]*?)-----END \1-----/;
const pgpLabel = 'PGP PRIVATE KEY BLOCK';

/** The base64 of a block's content, without what else may stand there: headers, quotes, the checksum of OpenPGP's armor. */
function bodyOf(label: string, content: string): string {
  const armor = label === pgpLabel ? content.replace(/\n=[A-Za-z0-9+/]{4}\s{0,16}$/, '') : content;
  return armor.replace(/^[A-Za-z][A-Za-z-]*:.*$/gm, '').replace(/["'\s\\,]/g, '');
}

function pgpKey(bytes: Buffer, body: string): PrivateKey | null {
  const key = readPgpKey(bytes);
  return key === null
    ? null
    : { what: key.isEncrypted ? 'encrypted PGP private key' : 'PGP private key', body, ...key };
}

/** The block at the start of `text`, or null when its body is no such key: a bare header in source code is none. */
export function parsePrivateKey(text: string): PrivateKey | null {
  const match = blockPattern.exec(text);
  const label = match?.[1] ?? '';
  const content = (match?.[2] ?? '').replace(/\\[rn]/g, '\n');
  const isLegacyEncrypted = /Proc-Type:\s*4,\s*ENCRYPTED/.test(content);
  const body = bodyOf(label, content);
  if (body.length < 64 || !/^[A-Za-z0-9+/]+={0,2}$/.test(body)) return null;
  const bytes = Buffer.from(body, 'base64');
  if (label === 'OPENSSH PRIVATE KEY') return opensshKey(bytes, body);
  if (label === pgpLabel) return pgpKey(bytes, body);
  const structure = structures[label];
  if (structure === undefined) return null;
  if (isLegacyEncrypted) return { what: `encrypted ${structure.what}`, isEncrypted: true, body };
  const tags = sequenceTags(bytes);
  const hasStructure = tags !== null && structure.tags.every((tag, index) => tags[index] === tag);
  return hasStructure ? { what: structure.what, isEncrypted: label === 'ENCRYPTED PRIVATE KEY', body } : null;
}

const headerPattern = /^-----BEGIN (?:[A-Z]{2,9} )?PRIVATE KEY(?: BLOCK)?-----/;
/** As long as any header. */
export const keyHeaderLength = 48;
const dashes = '-----';
/** Room for `-----END ENCRYPTED PRIVATE KEY-----`. */
const footerLength = 40;

export function beginsPrivateKey(text: string): boolean {
  return headerPattern.test(text);
}

/**
 * The key whose block begins where `text` does. Only up to the next dashes is looked at, so that headers without end cost
 * no more than their own length.
 */
export function privateKeyAt(text: string): PrivateKey | null {
  const header = headerPattern.exec(text)?.[0];
  const footer = header === undefined ? -1 : text.indexOf(dashes, header.length);
  return footer < 0 ? null : parsePrivateKey(text.slice(0, footer + footerLength));
}
