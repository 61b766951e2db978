import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { crc32 } from '../../../src/sources/secret/crc32.ts';
import { vendorFormatOf, vendorFormats } from '../../../src/sources/secret/vendor-format.ts';

const base62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** As many characters of an alphabet as asked for, always the same and of no meaning. */
function filler(length: number, alphabet = base62): string {
  const bytes = Array.from({ length: Math.ceil(length / 32) }, (_, index) =>
    createHash('sha256').update(`filler ${index}`).digest(),
  );
  return [...Buffer.concat(bytes)]
    .map((byte) => alphabet[byte % alphabet.length])
    .join('')
    .slice(0, length);
}

const hex = '0123456789abcdef';

/** The checksum of GitHub and npm, by the definition: six digits of base 62, big end first. */
function checksum(text: string): string {
  let rest = BigInt(crc32(Buffer.from(text)));
  let digits = '';
  for (; digits.length < 6; rest /= 62n) digits = `${base62[Number(rest % 62n)]}${digits}`;
  return digits;
}

/** A value in each vendor's format, put together at run time: prefix, then what carries no meaning. */
const samples: readonly (readonly [vendor: string, prefix: string, rest: string])[] = [
  ['OpenAI', 'sk-', `proj-${filler(74)}T3Blbk${'FJ'}${filler(74)}`],
  ['OpenAI', 'sk-', `${filler(20)}T3Blbk${'FJ'}${filler(20)}`],
  ['Anthropic', 'sk-', `ant-api03-${filler(93)}AA`],
  ['Hugging Face', 'hf', `_${filler(34)}`],
  ['Hugging Face', 'api_', `org_${filler(34)}`],
  ['Google', 'AI', `za${filler(35)}`],
  ['Groq', 'gsk', `_${filler(52)}`],
  ['xAI', 'xai', `-${filler(80)}`],
  ['OpenRouter', 'sk-', `or-v1-${filler(64, hex)}`],
  ['Replicate', 'r8', `_${filler(37)}`],
  ['NVIDIA', 'nva', `pi-${filler(64)}`],
  ['Pinecone', 'pcsk', `_${filler(6)}_${filler(63)}`],
  ['LangSmith', 'lsv2', `_pt_${filler(32, hex)}_${filler(10, hex)}`],
  ['AWS', 'AK', `IA${filler(16, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567')}`],
  ['GitHub', 'gh', `p_${filler(30)}${checksum(filler(30))}`],
  ['GitHub', 'github', `_pat_${filler(22)}_${filler(59)}`],
  ['GitLab', 'gl', `pat-${filler(20)}`],
  ['npm', 'npm', `_${filler(30)}${checksum(filler(30))}`],
  ['Slack', 'xo', `xb-${filler(12, '0123456789')}-${filler(24)}`],
  ['Stripe', 'sk_', `live_${filler(24)}`],
  ['Docker', 'dckr', `_pat_${filler(27)}`],
];

describe('formats', () => {
  it.each(samples)('%s %s…', (vendor, prefix, rest) => {
    const value = `${prefix}${rest}`;
    expect(vendorFormatOf(value)?.vendor).toBe(vendor);
    expect(vendorFormatOf(` ${value}`)).toBeNull();
    expect(vendorFormatOf(`${value}\n`)).toBeNull();
    expect(vendorFormatOf(`${value}!`)).toBeNull();
    expect(vendorFormatOf(`x${value}`)).toBeNull();
    expect(vendorFormatOf(prefix)).toBeNull();
  });

  it('every format has a sample', () => {
    const covered = new Set(samples.map(([, prefix, rest]) => vendorFormatOf(`${prefix}${rest}`)));
    expect(vendorFormats.filter((format) => !covered.has(format)).map((format) => format.vendor)).toEqual([]);
  });

  it.each([
    'PATH',
    'sk-learn-is-a-python-package',
    'hf_transfer',
    'https://example.com/gsk_path',
    createHash('sha256').update('x').digest('hex'),
    `sha256:${filler(64, hex)}`,
    filler(40),
    '',
  ])('%j is no credential', (value) => {
    expect(vendorFormatOf(value)).toBeNull();
  });

  it('where to revoke it is a page of the vendor', () => {
    for (const { revokeUrl } of vendorFormats) expect(new URL(revokeUrl).protocol).toBe('https:');
  });
});

describe('checksums', () => {
  it('is the CRC-32 of IEEE 802.3', () => {
    expect(crc32(Buffer.from('123456789'))).toBe(0xcbf43926);
    expect(crc32(Buffer.alloc(0))).toBe(0);
  });

  it.each(['ghp', 'gho', 'ghu', 'ghs', 'ghr', 'npm'])('%s_: one character changed is no credential', (prefix) => {
    const random = filler(30);
    const value = `${prefix}_${random}${checksum(random)}`;
    expect(vendorFormatOf(value)).not.toBeNull();
    for (let index = prefix.length + 1; index < value.length; index++) {
      const other = value[index] === 'a' ? 'b' : 'a';
      expect(
        vendorFormatOf(`${value.slice(0, index)}${other}${value.slice(index + 1)}`),
        `character ${index}`,
      ).toBeNull();
    }
  });

  it('a checksum with leading zeros is six characters long', () => {
    const random = Array.from({ length: 4000 }, (_, index) => filler(26) + String(index).padStart(4, '0')).find(
      (text) => checksum(text).startsWith('00'),
    );
    expect(vendorFormatOf(`npm_${random}${checksum(random ?? '')}`)?.vendor).toBe('npm');
  });
});

it.each([
  ['a prefix again and again', 'sk-'.repeat(170)],
  ['a prefix and letters', `sk-${'a'.repeat(509)}`],
  ['the middle of a key again and again', 'T3Blbk'.repeat(85)],
  ['what every class allows', '_'.repeat(512)],
  ['longer than any key', 'x'.repeat(1_000_000)],
])('time is bounded: %s', (_, value) => {
  const start = performance.now();
  for (let round = 0; round < 100; round++) expect(vendorFormatOf(value)).toBeNull();
  expect(performance.now() - start).toBeLessThan(1000);
});
