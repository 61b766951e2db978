import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { breakCommands, escapeUnsafe, neutralise } from '../../src/domain/neutral-text.ts';

const unsafe = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom(':', '#', '[', ' ', '\n', '\t', 'a', '\ud83d', '\u{1f600}') }),
);

describe('neutralise', () => {
  it.each([
    ['plain text stays', 'plain text stays'],
    ['a\r\nb\tc', 'a\\r\\nb\\tc'],
    ['\u001b[31mred\u0007', '\\x1b[31mred\\x07'],
    ['a\u2028b\u2029c\u0085d', 'a\\u{2028}b\\u{2029}c\\x85d'],
    ['abc\u202edef\u2066', 'abc\\u{202e}def\\u{2066}'],
    ['zero\u200bwidth\ufeff\u{e0041}', 'zero\\u{200b}width\\u{feff}\\u{e0041}'],
    ['half \ud83d pair', 'half \\u{d83d} pair'],
    ['whole \u{1f600} 漢字 é', 'whole \u{1f600} 漢字 é'],
    ['::error::x', ': :error::x'],
    ['  ::error::x', '  : :error::x'],
    ['say ::error::x', 'say : :error::x'],
    ['std::vector', 'std::vector'],
    [':::::', ': : : : :'],
    ['x ##[error]y', 'x ## [error]y'],
    ['###[', '### ['],
    ['', ''],
  ])('writes %j as %j', (text, expected) => {
    expect(neutralise(text)).toBe(expected);
  });

  it.each([
    ['abcdef', 6, 'abcdef'],
    ['abcdefg', 6, 'abcde…'],
    ['abc\n\nd', 6, 'abc\\n…'],
    ['abcd\u{1f600}f', 6, 'abcd…'],
    ['abcde\u{1f600}', 6, 'abcde…'],
  ])('cuts %j at %i to %j', (text, limit, expected) => {
    expect(neutralise(text, limit)).toBe(expected);
  });

  it('is one line of printable text within the limit that cannot start a command, for any input', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 1, max: 60 }), (text, limit) => {
        const result = neutralise(text, limit);
        expect(result).not.toMatch(unsafe);
        expect(result.length).toBeLessThanOrEqual(limit);
        expect(result).not.toMatch(/(?:^|\s)::/);
        expect(result).not.toContain('##[');
      }),
    );
  });

  it('leaves neutral text as it is', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const once = neutralise(text);
        expect(neutralise(once)).toBe(once);
      }),
    );
  });
});

describe('escapeUnsafe', () => {
  it('keeps everything that is no unsafe character', () => {
    expect(escapeUnsafe('::a ##[b\n')).toBe('::a ##[b\\n');
  });
});

describe('breakCommands', () => {
  it('works on every line of an output', () => {
    expect(breakCommands('a\n::error::b\n \t::c\nd ::e\n##[f')).toBe('a\n: :error::b\n \t: :c\nd ::e\n## [f');
  });

  it('leaves no command at the start of any line', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        for (const line of breakCommands(text).split('\n')) {
          expect(line.trimStart().startsWith('::')).toBe(false);
          expect(line).not.toContain('##[');
        }
      }),
    );
  });
});
