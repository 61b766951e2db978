import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readDotenv } from '../../../src/sources/secret/dotenv.ts';

const read = (text: string | Buffer) => readDotenv(Buffer.from(text), true);

describe('one line', () => {
  it.each([
    ['KEY=r3al-1', 'KEY', 'r3al-1'],
    ['export KEY=r3al-1', 'KEY', 'r3al-1'],
    ['  KEY = r3al-1  ', 'KEY', 'r3al-1'],
    ['KEY: r3al-1', 'KEY', 'r3al-1'],
    ['KEY="two words"', 'KEY', 'two words'],
    ["KEY='a#b'", 'KEY', 'a#b'],
    ['KEY=`back`', 'KEY', 'back'],
    ['KEY="open', 'KEY', 'open'],
    ['KEY="a" # why', 'KEY', 'a'],
    ['KEY=a # why', 'KEY', 'a'],
    ['KEY=a#b', 'KEY', 'a#b'],
    ['KEY=a=b==', 'KEY', 'a=b=='],
    ['my.key-2=r3al-1', 'my.key-2', 'r3al-1'],
    ['\ufeffKEY=r3al-1', 'KEY', 'r3al-1'],
  ])('%j is %s with a real value', (line, key, value) => {
    const { facts, values } = read(line);
    expect([facts.realKeys, values]).toEqual([[key], [value]]);
  });

  it.each(['# KEY=r3al-1', '', 'no assignment', '=value', '1KEY=r3al-1', '[section]'])('%j assigns nothing', (line) => {
    const { facts, values } = read(line);
    expect([facts.realKeys, facts.placeholderKeys, facts.emptyKeys, values]).toEqual([[], [], [], []]);
  });

  it.each(['KEY=', 'KEY=""', 'KEY= # later', "KEY=''"])('%j is empty', (line) => {
    expect(read(line).facts.emptyKeys).toEqual(['KEY']);
  });

  it.each(['changeme', 'your-key-here', '$' + '{OTHER}', '<secret>', 'xxxx', 'example-key', 'vault:db#key', '****'])(
    'KEY=%s is a placeholder',
    (value) => {
      const { facts, values } = read(`KEY=${value}`);
      expect([facts.placeholderKeys, facts.realKeys, values]).toEqual([['KEY'], [], []]);
    },
  );
});

describe('a file', () => {
  it('sorts its keys, each once, whatever ends its lines', () => {
    const { facts, values } = read('A=real-1\r\nB=changeme\rC=\nA=real-2\nD=real-3\n');
    expect(facts).toEqual({ realKeys: ['A', 'D'], placeholderKeys: ['B'], emptyKeys: ['C'], isComplete: true });
    expect(values).toEqual(['real-1', 'real-2', 'real-3']);
  });

  it('that is sparse has zero bytes around its lines', () => {
    const map = Buffer.concat([Buffer.from('1\n0\n9\n'), Buffer.alloc(506)]);
    expect(read(Buffer.concat([map, Buffer.from('KEY=r3al-1\0\0\0')])).values).toEqual(['r3al-1']);
  });

  it('lists 200 keys at most, and every value goes to the redactor', () => {
    const { facts, values } = read(Array.from({ length: 300 }, (_, index) => `KEY_${index}=real-${index}`).join('\n'));
    expect([facts.realKeys.length, values.length]).toEqual([200, 300]);
  });

  it('says when it was cut', () => {
    expect(readDotenv(Buffer.from('A=real-1'), false).facts.isComplete).toBe(false);
  });

  it('of any bytes is read without a throw, in linear time', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => {
        expect(() => read(Buffer.from(bytes))).not.toThrow();
      }),
    );
    const hostile = [
      'A='.repeat(200_000),
      `A=${' #'.repeat(200_000)}`,
      `A${' '.repeat(400_000)}`,
      `A="${'\\"'.repeat(200_000)}`,
      'export '.repeat(60_000),
      `A=${'\t'.repeat(400_000)}x`,
    ];
    for (const text of hostile) {
      const start = performance.now();
      read(text);
      expect(performance.now() - start, text.slice(0, 10)).toBeLessThan(1000);
    }
  });
});
