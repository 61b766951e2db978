import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Document, Scalar } from 'yaml';
import { isGap } from '../../../src/sources/workspace/file-tree.ts';
import type { YamlReader, YamlScalar } from '../../../src/sources/yaml/document.ts';
import { readYaml } from '../../../src/sources/yaml/document.ts';
import { expectInside, textAt } from '../../helpers/position.ts';

function open(text: string): YamlReader {
  const yaml = readYaml({ path: 'a.yml', text }, 'test');
  if (isGap(yaml)) throw new Error(yaml.reason);
  return yaml;
}

function field(text: string, key: string): YamlScalar {
  const yaml = open(text);
  const scalar = yaml.scalar(yaml.fields(yaml.roots[0]).get(key));
  if (scalar === null) throw new Error(`no scalar ${key}`);
  return scalar;
}

/** Where `part` of a scalar's value is written, as `line:column-line:column`. */
function place(scalar: YamlScalar, part: string): string {
  const start = scalar.value.indexOf(part);
  const { line, column, endLine, endColumn } = scalar.locate(start, start + part.length);
  return `${line}:${column}-${endLine}:${endColumn}`;
}

describe('where scalars are written', () => {
  it('literal blocks, exactly', () => {
    const scalar = field('a:\n  run: x\nb: |-  # note\n    npm ci\n\n      npm test\n    echo "é" done\n', 'b');
    expect(scalar.value).toBe('npm ci\n\n  npm test\necho "é" done');
    expect(place(scalar, 'npm ci')).toBe('4:5-4:11');
    expect(place(scalar, 'npm test')).toBe('6:7-6:15');
    expect(place(scalar, 'done')).toBe('7:14-7:18');
    expect(place(scalar, 'ci\n\n  npm')).toBe('4:9-6:10');
  });

  it('literal blocks with CRLF and an indentation indicator', () => {
    const scalar = field('b: |2\r\n    npm ci\r\n  echo\r\n', 'b');
    expect(scalar.value).toBe('  npm ci\necho\n');
    expect(place(scalar, 'npm ci')).toBe('2:5-2:11');
    expect(place(scalar, 'echo')).toBe('3:3-3:7');
  });

  it('folded blocks', () => {
    const scalar = field('b: >\n  npm install\n  --global\n\n  x\n', 'b');
    expect(scalar.value).toBe('npm install --global\nx\n');
    expect(place(scalar, 'install --global')).toBe('2:7-3:11');
    expect(place(scalar, 'x')).toBe('5:3-5:4');
  });

  it('plain, over several lines', () => {
    const scalar = field('b: npm install\n  --global x # note\n', 'b');
    expect(place(scalar, 'npm')).toBe('1:4-1:7');
    expect(place(scalar, '--global x')).toBe('2:3-2:13');
  });

  it('single and double quotes with escapes', () => {
    expect(place(field("b: 'it''s npm ci'", 'b'), 'npm ci')).toBe('1:11-1:17');
    expect(place(field("b: 'it''s'", 'b'), "'")).toBe('1:7-1:9');
    const double = field('b: "a\\tb \\"c\\" \\x41\\u00e9\\U0001f600 \\\n   npm\\nci"', 'b');
    expect(double.value).toBe('a\tb "c" Aé😀 npm\nci');
    expect(place(double, '"c"')).toBe('1:10-1:15');
    expect(place(double, '😀')).toBe('1:26-1:36');
    expect(place(double, 'npm')).toBe('2:4-2:7');
    expect(place(double, 'ci')).toBe('2:9-2:11');
  });

  it('as a whole without quotes, header and blanks', () => {
    expect(field('b: "x y"', 'b').at).toMatchObject({ column: 5, endColumn: 8 });
    expect(field('b: |\n\n    x\n\n', 'b').at).toMatchObject({ line: 3, column: 5, endLine: 3, endColumn: 6 });
    expect(field('b: &n 3.10', 'b')).toMatchObject({ value: '3.1', written: '3.10' });
    expect(field('b: ""', 'b').at).toMatchObject({ column: 5, endColumn: 5 });
  });

  it('hold for every word in every style', () => {
    const word = fc.stringMatching(/^[a-z"'\\:#é😀$}{-]{1,6}$/u);
    const blank = fc.constantFrom(' ', '\n', '\n\n', '\n  ', '  ');
    const styles = ['BLOCK_LITERAL', 'BLOCK_FOLDED', 'QUOTE_DOUBLE', 'QUOTE_SINGLE', 'PLAIN'] as const;
    fc.assert(
      fc.property(fc.array(fc.tuple(word, blank), { minLength: 1 }), fc.constantFrom(...styles), (pieces, type) => {
        const node = new Scalar(pieces.flat().join(''));
        node.type = type;
        const text = new Document({ b: node }).toString({ lineWidth: 40 });
        const scalar = field(text, 'b');
        for (const match of scalar.value.matchAll(/\S+/g)) {
          const at = scalar.locate(match.index, match.index + match[0].length);
          const written = textAt(at, text).replace(/\\\n\s*\\?/g, '');
          const isDouble = text.startsWith('b: "');
          const isSingle = text.startsWith("b: '");
          const expected = isDouble ? match[0].replace(/[\\"]/g, '\\$&') : match[0];
          expect(written).toBe(isSingle ? expected.replaceAll("'", "''") : expected);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('structure', () => {
  it('follows aliases to the last anchor before them', () => {
    const yaml = open('a: &x 1\nb: *x\nc: &x 2\nd: *x\n');
    const top = yaml.fields(yaml.roots[0]);
    expect(yaml.scalar(top.get('b'))).toMatchObject({ value: '1', at: { line: 1 } });
    expect(yaml.scalar(top.get('d'))).toMatchObject({ value: '2', at: { line: 3 } });
  });

  it('merges: own keys first, then the merged in order', () => {
    const yaml = open('x: &x { a: 1, b: 1 }\ny: &y { b: 2, c: 2 }\nz: { <<: [*x, *y], a: 0 }\n');
    const merged = yaml.fields(yaml.fields(yaml.roots[0]).get('z'));
    expect([...merged].map(([key, node]) => `${key}${yaml.scalar(node)?.value}`).sort()).toEqual(['a0', 'b1', 'c2']);
    expect(yaml.isExhausted()).toBe(false);
  });

  it('keeps the last of duplicate keys, and skips keys that are no text', () => {
    const yaml = open('a: 1\na: 2\n? [x]\n: 3\n');
    const top = yaml.fields(yaml.roots[0]);
    expect([...top.keys()]).toEqual(['a']);
    expect(yaml.scalar(top.get('a'))?.value).toBe('2');
  });

  it('says when aliases ask for more than is followed', () => {
    const yaml = open(`l: &l [${'x,'.repeat(1000)}]\n`);
    const list = yaml.fields(yaml.roots[0]).get('l');
    for (let i = 0; i < 200; i++) expect(yaml.items(list)).toHaveLength(1000);
    expect(yaml.isExhausted()).toBe(false);
    expect(yaml.items(list)).toEqual([]);
    expect(yaml.isExhausted()).toBe(true);
  });

  it('never throws on any text, and stays inside it', () => {
    const unit = fc.constantFrom(
      'a',
      ':',
      ' ',
      '\n',
      '- ',
      '"',
      "'",
      '|',
      '>',
      '&a',
      '*a',
      '[',
      ']',
      '{',
      '}',
      '#',
      '!',
      '%',
      '\r',
      '\t',
      '\\',
      '---',
      '😀',
      '\u2028',
      '\0',
    );
    fc.assert(
      fc.property(
        fc.array(unit, { maxLength: 30 }).map((units) => units.join('')),
        (text) => {
          const yaml = readYaml({ path: 'a.yml', text }, 'test');
          if (isGap(yaml)) return;
          for (const root of yaml.roots) {
            for (const node of [root, ...yaml.items(root), ...yaml.fields(root).values()]) {
              const scalar = yaml.scalar(node);
              if (scalar === null) continue;
              expectInside(scalar.at, text);
              expectInside(scalar.locate(0, scalar.value.length), text);
            }
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});
