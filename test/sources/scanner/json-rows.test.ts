import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRowSplitter } from '../../../src/sources/scanner/json-rows.ts';

const lists = [['rows'], ['parts', '*', 'rows']] as const;

/** The rows and the rest of a text that comes in chunks of that many bytes. */
function split(text: string, size: number) {
  const rows: unknown[] = [];
  const splitter = createRowSplitter(lists, (list, path, value) => rows.push([list, path, value]));
  const bytes = Buffer.from(text);
  // One buffer for all chunks, as a reader of files has.
  const chunk = Buffer.alloc(size);
  for (let start = 0; start < bytes.length; start += size) {
    const count = bytes.copy(chunk, 0, start);
    splitter.push(chunk.subarray(0, count));
  }
  return { rows, rest: splitter.finish() };
}

const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);

interface Document {
  readonly rows: readonly unknown[];
  readonly parts: readonly { readonly rows: readonly unknown[] }[];
}

/** What `split` must say, by `JSON.parse` of the whole. */
function expected(document: Document) {
  const cut = (rows: readonly unknown[]) => rows.map((row) => (isObject(row) ? {} : row));
  const found = (list: number, path: string, rows: readonly unknown[]) =>
    rows.flatMap((row, index) => (isObject(row) ? [[list, `${path}[${index}]`, row]] : []));
  return {
    rows: [
      ...found(0, 'rows', document.rows),
      ...document.parts.flatMap((part, index) => found(1, `parts[${index}].rows`, part.rows)),
    ],
    rest: {
      ...document,
      rows: cut(document.rows),
      parts: document.parts.map((part) => ({ ...part, rows: cut(part.rows) })),
    },
  };
}

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('rows', '\\', '\\"', '"}', '{[', 'é\u2028', '::error::'),
);
const row = fc.oneof(fc.dictionary(text, fc.oneof(fc.jsonValue(), text), { maxKeys: 3 }), fc.jsonValue());
const document: fc.Arbitrary<Document> = fc.record({
  before: fc.jsonValue(),
  rows: fc.array(row, { maxLength: 4 }),
  parts: fc.array(fc.record({ name: text, rows: fc.array(row, { maxLength: 3 }), after: row }), { maxLength: 3 }),
});

describe('a text taken apart', () => {
  it('has the rows and the rest that JSON.parse finds, wherever its chunks end', () => {
    fc.assert(
      fc.property(document, fc.integer({ min: 1, max: 40 }), fc.constantFrom(0, 2), (value, size, indent) => {
        const json = JSON.stringify(value, null, indent);
        expect(split(json, size)).toEqual(expected(JSON.parse(json)));
      }),
    );
  });

  it('is refused where JSON.parse refuses it', () => {
    const change = fc.record({
      at: fc.nat(),
      remove: fc.nat(4),
      insert: fc.constantFrom('', '{', '}', ']', ',', '"', '-', '5', '\\'),
    });
    fc.assert(
      fc.property(document, change, fc.integer({ min: 1, max: 40 }), (value, { at, remove, insert }, size) => {
        const json = JSON.stringify(value);
        const place = at % json.length;
        const broken = json.slice(0, place) + insert + json.slice(place + remove);
        const isJson = (read: () => unknown) => {
          try {
            read();
            return true;
          } catch (error) {
            expect(error).toBeInstanceOf(SyntaxError);
            return false;
          }
        };
        expect(isJson(() => split(broken, size))).toBe(isJson(() => JSON.parse(broken)));
      }),
    );
  });

  it.each(['[-{}]', '[1{}]', '[{}{}]', '[{} {}]', '[{},]', '[{}', '[{', '[{"a":1]}'])(
    'is refused with rows %s',
    (rows) => {
      expect(() => split(`{"rows":${rows}}`, 3)).toThrow(SyntaxError);
    },
  );

  it('is refused where it is nested too deep outside of its rows', () => {
    expect(() => split('['.repeat(100_000), 4096)).toThrow('nested too deep');
  });

  it('may have rows nested as deep as JSON.parse allows', () => {
    const deep = `{"a":${'['.repeat(1000)}${']'.repeat(1000)}}`;
    expect(split(`{"rows":[${deep}]}`, 64).rows).toHaveLength(1);
  });
});
