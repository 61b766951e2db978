import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { credentialFileAt, readCredentialFile } from '../../../src/sources/secret/credential-file.ts';
import { readDotenv } from '../../../src/sources/secret/dotenv.ts';
import { settingsText } from '../../../src/sources/secret/settings-text.ts';
import { filler } from './detector-samples.ts';

const little = (text: string) => Buffer.from(text, 'utf16le');
const big = (text: string) => Buffer.from(text, 'utf16le').swap16();

const encodings: Readonly<Record<string, (text: string) => Buffer>> = {
  'UTF-8': (text) => Buffer.from(text),
  'UTF-8 with a mark': (text) => Buffer.from(`\ufeff${text}`),
  'UTF-16 LE': little,
  'UTF-16 LE with a mark': (text) => little(`\ufeff${text}`),
  'UTF-16 BE': big,
  'UTF-16 BE with a mark': (text) => big(`\ufeff${text}`),
};
const lineEnds = { LF: '\n', CRLF: '\r\n', CR: '\r' };

const files: Readonly<Record<string, string>> = {
  short: 'K=v4l\n',
  plain: '# production\n\nSHOP_KEY=r3al-1\nOTHER=\nexport LAST="two words"\n',
  'with a comment in another script': '# \u043f\u0430\u0440\u043e\u043b\u0438\nSHOP_KEY=r3al-1\n',
};

describe.each(Object.entries(encodings))('%s', (_, encode) => {
  it.each(Object.keys(lineEnds))('reads a dotenv file as in UTF-8, lines ended by %s', (end) => {
    for (const text of Object.values(files)) {
      const written = text.replaceAll('\n', end === 'LF' ? '\n' : end === 'CR' ? '\r' : '\r\n');
      expect(readDotenv(encode(written), true)).toEqual(readDotenv(Buffer.from(text), true));
      expect(readDotenv(encode(written), true).facts.realKeys.length).toBeGreaterThan(0);
    }
  });

  it.each([
    ['root/.npmrc', `fund=false\n//npm.acme.io/:_auth${'Token'}=${filler(24)}\n`],
    ['root/.pypirc', `[pypi]\npassword = ${filler(24)}\n`],
    ['root/.docker/config.json', `{"auths": {"ghcr.io": {"auth": "${btoa(`user:${filler(24)}`)}"}}}`],
    ['root/.vault-token', `${filler(24)}\n`],
    ['root/.pgpass', `db:5432:app:app:${filler(24)}\nother:5432:app:app:${filler(20)}\n`],
  ])('reads %s', (path, text) => {
    const file = credentialFileAt(path);
    if (file === null) throw new Error(path);
    const expected = readCredentialFile(file, Buffer.from(text), true);
    expect(expected.values).toContain(filler(24));
    for (const end of Object.values(lineEnds)) {
      expect(readCredentialFile(file, encode(text.replaceAll('\n', end)), true)).toEqual(expected);
    }
  });
});

it('reads UTF-16 that a shell added to a file in UTF-8', () => {
  const started = Buffer.from('FIRST=\r\n');
  for (const encode of [little, big]) {
    const mixed = Buffer.concat([started, encode('SHOP_KEY=r3al-1\r\n')]);
    expect(readDotenv(mixed, true)).toMatchObject({ facts: { realKeys: ['SHOP_KEY'] }, values: ['r3al-1'] });
  }
});

it('a mark before plain bytes hides nothing', () => {
  for (const mark of [Buffer.from([0xff, 0xfe]), Buffer.from([0xfe, 0xff])]) {
    expect(readDotenv(Buffer.concat([mark, Buffer.from('A=real-1\n')]), true).values).toEqual(['real-1']);
  }
});

it('reads what zero bytes keep apart, as in /proc/1/environ', () => {
  const { values } = readDotenv(Buffer.from('A=real-1\0B=real-2\0\0\0C=real-3\0'), true);
  expect(values).toEqual(['real-1', 'real-2', 'real-3']);
});

it('gives a text of any bytes, with one kind of line end and no zero bytes, in linear time', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      expect(settingsText(Buffer.from(bytes))).not.toMatch(/[\r\0]/);
    }),
  );
  for (const unit of ['a\0', '\0a', 'a\0b', '\0\0', 'aaa\0\0\0a\0', '\r']) {
    const start = performance.now();
    settingsText(Buffer.from(`x${unit.repeat(300_000)}`));
    expect(performance.now() - start, JSON.stringify(unit)).toBeLessThan(1000);
  }
});
