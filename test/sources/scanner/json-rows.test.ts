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

  it('has them where rows are indented and come many at once', () => {
    const indents = fc.constantFrom(1, 2, '\t', '  \t');
    fc.assert(
      fc.property(document, fc.integer({ min: 200, max: 2000 }), indents, (value, size, indent) => {
        const json = JSON.stringify(value, null, indent);
        expect(split(json, size)).toEqual(expected(JSON.parse(json)));
      }),
    );
  });

  it.each([
    ['a row without members between indented ones', '[\n {\n  "a": 1\n },\n {},\n {\n  "a": [{\n }]\n }\n]'],
    ['a member that ends below its row', '[\n{"a": {\n}, "b": 2\n},\n{"c": 3\n}\n]'],
    ['rows that end on the line they begin on', '[\n {"a": 1},\n {"b": "\\n }"},\n {"c": 3}\n ]'],
  ])('has them with %s', (_, rows) => {
    const json = `{"rows":${rows}}`;
    const value = JSON.parse(json);
    expect(split(json, 4096)).toEqual({
      rows: value.rows.map((row: unknown, index: number) => [0, `rows[${index}]`, row]),
      rest: { rows: value.rows.map(() => ({})) },
    });
  });

  it.each([
    ['rows that are on one line each', '\n {"a":1},'],
    ['rows that end further left', '\n  {"a":1\n },'],
  ])('takes no longer where %s promise an end that does not come', (_, row) => {
    const json = `{"rows":[${row.repeat(300_000)}{}]}`;
    const start = performance.now();
    expect(split(json, 1024 * 1024).rows).toHaveLength(300_001);
    expect(performance.now() - start).toBeLessThan(10_000);
  });

  it('is refused where JSON.parse refuses it', () => {
    const sizes = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constant(2000));
    const change = fc.record({
      at: fc.nat(),
      remove: fc.nat(4),
      insert: fc.constantFrom('', '{', '}', ']', ',', '"', '-', '5', '\\'),
    });
    fc.assert(
      fc.property(document, change, sizes, fc.constantFrom(0, 2), (value, { at, remove, insert }, size, indent) => {
        const json = JSON.stringify(value, null, indent);
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
