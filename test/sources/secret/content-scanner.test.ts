import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ContentScanner } from '../../../src/sources/secret/content-scanner.ts';
import type { SecretFound } from '../../../src/sources/secret/detectors/detector.ts';
import { firstExecutable, need, type Part } from '../../helpers/parts.ts';
import { filler, samples } from './detector-samples.ts';

let found: SecretFound[] = [];
let problems: string[] = [];
const scanner = new ContentScanner(
  (match) => found.push(match),
  (text) => problems.push(text),
);

interface Scanned {
  readonly found: readonly SecretFound[];
  readonly problems: readonly string[];
}

function scan(pieces: readonly Buffer[]): Scanned {
  found = [];
  problems = [];
  for (const piece of pieces) scanner.push(piece);
  scanner.end();
  return { found, problems };
}

const idsIn = (...pieces: readonly (string | Buffer)[]) =>
  scan(pieces.map((piece) => Buffer.from(piece))).found.map((match) => match.detector);

const texts = Object.values(samples).flatMap((sample) => sample.found);
const key = (seed: string) => `gsk_${filler(52, 'base62', seed)}`;

function cut(content: Buffer, cuts: readonly number[]): readonly Buffer[] {
  const ends = [...cuts, content.length].map((end) => Math.min(end, content.length)).sort((a, b) => a - b);
  return ends.map((end, index) => content.subarray(ends[index - 1] ?? 0, end));
}

describe('chunks', () => {
  it('does not matter where they end', () => {
    const piece = fc.oneof(
      fc.constantFrom(...texts).map((text) => Buffer.from(`\n${text}\n`)),
      fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)),
      fc
        .constantFrom('hf_', 'near telegram', 'eyJhbGci', '\xff\xfe', 'realtime')
        .map((text) => Buffer.from(text, 'latin1')),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), fc.array(fc.nat(4000), { maxLength: 10 }), (pieces, cuts) => {
        const content = Buffer.concat(pieces);
        expect(scan(cut(content, cuts))).toEqual(scan([content]));
      }),
      { numRuns: 300 },
    );
  });

  it.each(texts.map((text) => [text.slice(0, 12), text]))('%s…: may be cut at each byte', (_, text) => {
    const content = Buffer.from(text);
    const whole = scan([content]).found;
    expect(whole).toHaveLength(1);
    const step = Math.max(1, Math.floor(content.length / 64));
    for (let at = 1; at < content.length; at += step) expect(scan(cut(content, [at])).found).toEqual(whole);
  });

  it('finds the first and the last bytes of a file larger than the room for it', () => {
    const middle = Buffer.alloc(1024 * 1024, '\nline of text');
    expect(idsIn(key('first'), middle, middle, key('last'))).toEqual(['groq-key', 'groq-key']);
    expect(
      idsIn(Buffer.concat([Buffer.from(key('first')), middle, middle, middle, Buffer.from(` ${key('last')}`)])),
    ).toEqual(['groq-key', 'groq-key']);
  });
});

describe('files', () => {
  it('tells a value once in each file', () => {
    const told: string[] = [];
    const fresh = new ContentScanner((match) => told.push(match.detector));
    for (let file = 0; file < 2; file++) {
      fresh.push(Buffer.from(`${key('one')} ${key('one')}\n${key('two')}`));
      fresh.end();
    }
    expect(told).toEqual(['groq-key', 'groq-key', 'groq-key', 'groq-key']);
  });

  it('what begins in one file does not end in the next', () => {
    const told: string[] = [];
    const fresh = new ContentScanner((match) => told.push(match.detector));
    for (const part of [key('one').slice(0, 30), key('one').slice(30)]) {
      fresh.push(Buffer.from(part));
      fresh.end();
    }
    expect(told).toEqual([]);
  });

  it('tells at most 100 credentials of a file, and that there are more', () => {
    const keys = Array.from({ length: 150 }, (_, index) => key(`key ${index}`));
    const scanned = scan([Buffer.from(keys.join('\n'))]);
    expect(scanned.found).toHaveLength(100);
    expect(scanned.problems).toEqual(['a file holds more than 100 different credentials; the rest is not listed']);
  });

  it('says when it stops looking', () => {
    const said = new Set<string>();
    const fresh = new ContentScanner(
      () => undefined,
      (text) => said.add(text),
    );
    const chunk = Buffer.from('hf_ '.repeat(65_536));
    for (let index = 0; index < 17; index++) fresh.push(chunk);
    fresh.end();
    expect([...said]).toEqual([
      'it holds more than 1000000 places that look like credentials; the rest was not examined',
    ]);
  });
});

describe('UTF-16', () => {
  const text = `\ufeffGROQ_API_KEY=${key('one')}\r\nnaïve ☃\r\n`;
  const little = Buffer.from(text, 'utf16le');
  const big = Buffer.from(little).swap16();

  it.each([
    ['little-endian', little],
    ['big-endian', big],
    ['little-endian, without a mark', little.subarray(2)],
    ['big-endian, without a mark', big.subarray(2)],
  ])('is read: %s', (_, content) => {
    expect(idsIn(content)).toEqual(['groq-key']);
    for (let at = 1; at < content.length; at++)
      expect(scan(cut(content, [at])), `cut at ${at}`).toEqual(scan([content]));
  });

  it('a mark before plain bytes hides nothing', () => {
    expect(idsIn(Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(key('one'))]))).toEqual(['groq-key']);
  });

  it('the mark of one file says nothing of the next', () => {
    const told: string[] = [];
    const fresh = new ContentScanner((match) => told.push(match.value));
    const untold = Buffer.from(`☃${text.slice(1)}`, 'utf16le');
    for (const content of [little, untold, Buffer.from(key('two')), big]) {
      fresh.push(content);
      fresh.end();
    }
    expect(told).toEqual([key('one'), key('two'), key('one')]);
  });
});

const python: Part = {
  name: 'python3',
  path: firstExecutable(['/usr/bin/python3', '/usr/local/bin/python3']),
  install: 'apt-get install python3',
};

it('finds keys in compiled Python, whatever stands around them', (context) => {
  need(context, [python]);
  const folder = mkdtempSync(join(tmpdir(), 'hullcheck-pyc-'));
  try {
    const values = [
      'groq-key',
      'hugging-face-token',
      'openrouter-key',
      'anthropic-key',
      'stripe-key',
      'google-ai-key',
    ].map((id) => scan([Buffer.from(samples[id]?.found[0] ?? '')]).found[0]?.value ?? '');
    const lines = values.map((value, index) => `def call${index}(client):\n    return client("${value}")\n`);
    writeFileSync(join(folder, 'app.py'), lines.join('\n'));
    const compile = `import py_compile; py_compile.compile(${JSON.stringify(join(folder, 'app.py'))}, ${JSON.stringify(join(folder, 'app.pyc'))})`;
    expect(spawnSync(python.path ?? '', ['-c', compile]).status).toBe(0);
    expect([...idsIn(readFileSync(join(folder, 'app.pyc')))].sort()).toEqual(
      ['groq-key', 'hugging-face-token', 'openrouter-key', 'anthropic-key', 'stripe-key', 'google-ai-key'].sort(),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});
