import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Instruction } from '../../../src/domain/dockerfile.ts';
import type { Span } from '../../../src/domain/location.ts';
import { parseDockerfile } from '../../../src/sources/dockerfile/parse.ts';

function show({ line, column, endLine, endColumn }: Span): string {
  return `${line}:${column}-${endLine}:${endColumn}`;
}

function outline(text: string): readonly string[] {
  return parseDockerfile('Dockerfile', text).dockerfile.instructions.map(
    ({ span, keyword, argumentText }) => `${show(span)} ${keyword} ${argumentText}`,
  );
}

function heredocsOf(text: string): readonly (readonly [string, string, boolean])[] {
  const { instructions } = parseDockerfile('Dockerfile', text).dockerfile;
  return instructions.flatMap(({ heredocs }) =>
    heredocs.map(({ name, body, isExpanded }) => [name, body, isExpanded] as const),
  );
}

function problemsOf(text: string): readonly string[] {
  return parseDockerfile('Dockerfile', text).problems.map(({ line, message }) => `${line}: ${message}`);
}

/** Cases are written with § for the dollar sign. */
const dollars = (text: string): string => text.replaceAll('§', '$');

describe('instructions', () => {
  it.each<readonly [string, string, readonly string[]]>([
    ['one per line', 'FROM a\nRUN b c\n', ['1:1-1:7 FROM a', '2:1-2:8 RUN b c']],
    ['no newline at the end', 'FROM a', ['1:1-1:7 FROM a']],
    ['indentation and lower case', '  from a\n\trun b', ['1:3-1:9 FROM a', '2:2-2:7 RUN b']],
    ['CRLF', 'FROM a\r\nRUN b \\\r\n  c\r\n', ['1:1-1:7 FROM a', '2:1-3:4 RUN b      c']],
    ['a byte-order mark', '\uFEFFFROM a\n', ['1:2-1:8 FROM a']],
    ['comments and empty lines between', '# x\n\nFROM a\n  # y\nRUN b', ['3:1-3:7 FROM a', '5:1-5:6 RUN b']],
    ['a continuation', 'FROM a\nRUN b \\\n c', ['1:1-1:7 FROM a', '2:1-3:3 RUN b    c']],
    ['blanks after the escape', 'FROM a\nRUN b \\ \t\n c', ['1:1-1:7 FROM a', '2:1-3:3 RUN b      c']],
    [
      'comment and empty lines within',
      'FROM a\nRUN b \\\n# x\n\n  # y\n c',
      ['1:1-1:7 FROM a', `2:1-6:3 RUN b ${' '.repeat(14)}c`],
    ],
    ['an escaped escape', 'FROM a\nRUN b \\\\\nRUN c', ['1:1-1:7 FROM a', '2:1-2:9 RUN b \\\\', '3:1-3:6 RUN c']],
    ['an escape at the end of the file', 'FROM a\nRUN b \\', ['1:1-1:7 FROM a', '2:1-2:6 RUN b']],
    ['an escape in a line of its own', 'FROM a\n\\\nRUN b', ['1:1-1:7 FROM a', '3:1-3:6 RUN b']],
    ['a hash in the arguments', 'FROM a\nRUN b # c', ['1:1-1:7 FROM a', '2:1-2:10 RUN b # c']],
    ['a keyword alone', 'FROM a\nRUN', ['1:1-1:7 FROM a', '2:1-2:4 RUN ']],
    ['tabs after the keyword', 'FROM\ta', ['1:1-1:7 FROM a']],
  ])('%s', (_, text, expected) => {
    expect(outline(text)).toEqual(expected);
  });

  it('keeps offsets: what is not blanked is the text of the file', () => {
    const text = 'FROM a\r\nRUN --mount=type=cache,target=/x \\\r\n # note\r\n npm \\\r\n ci\r\n';
    const [, run] = parseDockerfile('Dockerfile', text).dockerfile.instructions;
    const { argumentText = '', argumentStart = 0 } = run ?? {};
    for (const word of ['npm', 'ci']) {
      const at = argumentText.indexOf(word);
      expect(text.slice(argumentStart + at, argumentStart + at + word.length)).toBe(word);
    }
    expect(argumentText).not.toContain('note');
    expect(argumentText).not.toMatch(/[\r\n\\]/);
  });

  it.each<readonly [string, readonly string[]]>([
    ['COPY --from=b --chown="a b" x y', ['from=b 1:13-1:14', 'chown=a b 1:24-1:27']],
    [
      'RUN --mount=type=bind,from=img \\\n --network=none b',
      ['mount=type=bind,from=img 1:13-1:31', 'network=none 2:12-2:16'],
    ],
    ['COPY --link x y', ['link= 1:12-1:12']],
    ['RUN -- --x', []],
    ['RUN b --x', []],
  ])('reads the flags of %s', (line, expected) => {
    const [, instruction] = parseDockerfile('Dockerfile', `FROM a\n${line}`).dockerfile.instructions;
    const shift = (span: Span): Span => ({ ...span, line: span.line - 1, endLine: span.endLine - 1 });
    expect(
      instruction?.flags.map(({ name, value, valueSpan }) => `${name}=${value} ${show(shift(valueSpan))}`),
    ).toEqual(expected);
  });

  it('unwraps ONBUILD, heredoc included', () => {
    const text = 'FROM a\nONBUILD COPY --from=b x y\nONBUILD RUN <<E\nnpm ci\nE\nRUN c';
    const { instructions } = parseDockerfile('Dockerfile', text).dockerfile;
    const [, copy, run, last] = instructions;
    expect(copy?.trigger).toMatchObject({
      keyword: 'COPY',
      argumentText: 'x y',
      flags: [{ name: 'from', value: 'b' }],
    });
    expect(run?.trigger).toMatchObject({ keyword: 'RUN', heredocs: [{ name: 'E', body: 'npm ci\n' }] });
    expect([run, run?.trigger].map((instruction) => instruction && show(instruction.span))).toEqual([
      '3:1-5:2',
      '3:9-5:2',
    ]);
    expect(last?.span.line).toBe(6);
  });
});

describe('directives', () => {
  it.each<readonly [string, string, string]>([
    ['escape', '# escape=`\nFROM a', '`'],
    ['blanks and upper case', '  #  ESCAPE = ` \nFROM a', '`'],
    ['after syntax and check', '# syntax=docker/dockerfile:1\n# check=skip=all\n# escape=`\nFROM a', '`'],
    ['CRLF', '# syntax=x\r\n# escape=`\r\nFROM a', '`'],
    ['not after an unknown directive', '# foo=bar\n# escape=`\nFROM a', '\\'],
    ['not after a comment', '# note\n# escape=`\nFROM a', '\\'],
    ['not after an empty line', '\n# escape=`\nFROM a', '\\'],
    ['not after an instruction', 'FROM a\n# escape=`\n', '\\'],
    ['none', 'FROM a', '\\'],
  ])('%s', (_, text, expected) => {
    expect(parseDockerfile('Dockerfile', text).dockerfile.escape).toBe(expected);
  });

  it.each<readonly [string, string, string | null]>([
    ['syntax', '# syntax=docker/dockerfile:1\nFROM a', '9 docker/dockerfile:1'],
    ['blanks, case and words behind', '#  SyNtAx =  a/b:1 more\t \nFROM a', '13 a/b:1'],
    ['syntax after other directives', '# escape=`\n# syntax=a\nFROM a', '20 a'],
    ['CRLF', '# syntax=a\r\nFROM a', '9 a'],
    ['a byte-order mark', '\uFEFF# syntax=a\nFROM a', '10 a'],
    ['a shebang', '#!/usr/bin/env docker\n# syntax=a\nFROM a', '31 a'],
    ['the first of two', '# syntax=a\n# syntax=b\nFROM a', '9 a'],
    ['not after a blank', ' # syntax=a\nFROM a', null],
    ['not after a comment', '# note\n# syntax=a\nFROM a', null],
    ['not after an empty line', '\n# syntax=a\nFROM a', null],
    ['none', 'FROM a', null],
  ])('find the image of %s', (_, text, expected) => {
    const { syntax } = parseDockerfile('Dockerfile', text);
    expect(syntax && `${syntax.start} ${syntax.text}`).toBe(expected);
    expect(text.slice(syntax?.start, syntax?.end ?? 0)).toBe(syntax?.text ?? '');
  });

  it('continues lines with the escape character that was set', () => {
    expect(outline('# escape=`\nFROM a\nRUN dir c:\\\nRUN b `\n c')).toEqual([
      '2:1-2:7 FROM a',
      '3:1-3:12 RUN dir c:\\',
      '4:1-5:3 RUN b    c',
    ]);
  });
});

describe('heredocs', () => {
  it.each<readonly [string, string, readonly (readonly [string, string, boolean])[]]>([
    ['plain', 'RUN <<E\na\nb\nE', [['E', 'a\nb\n', true]]],
    ['empty', 'RUN <<E\nE', [['E', '', true]]],
    ['a blank after the operator', 'RUN << E\na\nE', [['E', 'a\n', true]]],
    ['a file descriptor', 'RUN 3<<E\na\nE', [['E', 'a\n', true]]],
    ['single quotes', "RUN <<'E'\na\nE", [['E', 'a\n', false]]],
    ['double quotes', 'RUN <<"E"\na\nE', [['E', 'a\n', false]]],
    ['partly quoted', "RUN <<eo'f'\na\neof", [['eof', 'a\n', false]]],
    ['an escaped quote', "RUN <<eo\\'f\na\neo'f", [["eo'f", 'a\n', true]]],
    ['a quoted blank', "RUN <<'one two'\na\none two", [['one two', 'a\n', false]]],
    ['a dollar in the name', 'RUN <<§E\na\n§E', [['$E', 'a\n', true]]],
    ['chomped', 'RUN <<-E\n\ta\n\t\tb\n\tE', [['E', 'a\nb\n', true]]],
    ['a dash after a blank is part of the name', 'RUN << -E\na\n-E', [['-E', 'a\n', true]]],
    [
      'several',
      'COPY <<A <<B /x\na\nA\nb\nB',
      [
        ['A', 'a\n', true],
        ['B', 'b\n', true],
      ],
    ],
    [
      'a plain one after a chomped one takes no tabs',
      'COPY <<-A <<B /x\n\tA\n\tB\nB',
      [
        ['A', '', true],
        ['B', '\tB\n', true],
      ],
    ],
    ['behind a command', 'RUN python3 <<E && x\na\nE', [['E', 'a\n', true]]],
    ['before a command', 'RUN <<E python3\na\nE', [['E', 'a\n', true]]],
    ['behind a flag', 'RUN --mount=type=cache,target=/x <<E\na\nE', [['E', 'a\n', true]]],
    ['instructions and comments in the body', 'RUN <<E\n# a\nFROM b\nE', [['E', '# a\nFROM b\n', true]]],
    ['CRLF', 'RUN <<E\r\na\r\nE\r\n', [['E', 'a\r\n', true]]],
    ['ADD', 'ADD <<E /x\na\nE', [['E', 'a\n', true]]],
    ['none when quoted', 'RUN echo "<<E" \'<<F\'', []],
    ['none in exec form', 'RUN ["<<E"]', []],
    ['none in other instructions', 'USER <<E', []],
    ['none for a here-string', 'RUN cat <<<E', []],
    ['none without a blank before it', 'RUN cat<<E', []],
    ['none for a shift', 'RUN echo §((1 << 2)) §(( 1 << n ))', []],
  ])('%s', (_, line, expected) => {
    const text = dollars(`FROM a\n${line}\n`);
    expect(heredocsOf(text)).toEqual(expected);
    expect(problemsOf(text)).toEqual([]);
  });

  it('knows where bodies start and instructions go on', () => {
    const text = 'FROM a\nRUN <<A cat <<-B\nx\nA\n\ty\n\tB\nRUN z';
    const { instructions } = parseDockerfile('Dockerfile', text).dockerfile;
    expect(instructions.map(({ span }) => show(span))).toEqual(['1:1-1:7', '2:1-6:3', '7:1-7:6']);
    expect(instructions[1]?.heredocs.map(({ bodyStart }) => text.slice(bodyStart).split('\n')[0])).toEqual([
      'x',
      '\ty',
    ]);
  });
});

describe('stages', () => {
  it.each<readonly [string, string, readonly (readonly [string | null, string, number | null])[]]>([
    [
      'names in lower case',
      'FROM a AS B\nFROM b',
      [
        ['b', 'a', null],
        [null, 'b', 0],
      ],
    ],
    [
      'a name before it is defined',
      'FROM b\nFROM a AS b',
      [
        [null, 'b', null],
        ['b', 'a', null],
      ],
    ],
    [
      'the latest of two',
      'FROM a AS x\nFROM b AS x\nFROM x',
      [
        ['x', 'a', null],
        ['x', 'b', null],
        [null, 'x', 1],
      ],
    ],
    ['quotes', 'FROM "node:20"', [[null, 'node:20', null]]],
    ['an ARG', 'ARG X=a\nFROM §X AS y', [['y', 'a', null]]],
    ['an ARG of an ARG', 'ARG V=20\nARG X="node:§V"\nFROM §{X}', [[null, 'node:20', null]]],
    ['an inline default', 'FROM §{X:-a}', [[null, 'a', null]]],
    ['an inline default of an empty ARG', 'ARG X=\nFROM §{X:-a}', [[null, 'a', null]]],
    ['an alternative', 'ARG X=1\nFROM a§{X:+-gpu}§{Y:+-x}', [[null, 'a-gpu', null]]],
    [
      'a stage by ARG',
      'ARG X=B\nFROM a AS b\nFROM §X',
      [
        ['b', 'a', null],
        [null, 'B', 0],
      ],
    ],
    [
      'stages by platform',
      'FROM a AS b-arm64\nFROM b-§TARGETARCH',
      [
        ['b-arm64', 'a', null],
        [null, 'b-amd64', 0],
      ],
    ],
    [
      'an ARG of a stage is not seen',
      'FROM a\nARG X=b\nFROM §X',
      [
        [null, 'a', null],
        [null, '$X', null],
      ],
    ],
    ['a flag', 'FROM --platform=§BUILDPLATFORM a', [[null, 'a', null]]],
    ['a continuation within the reference', 'FROM node\\\n:20 AS x', [['x', 'node:20', null]]],
    ['a continuation after it', 'FROM node:20 \\\n  AS x', [['x', 'node:20', null]]],
  ])('%s', (_, text, expected) => {
    const { stages } = parseDockerfile('Dockerfile', dollars(text)).dockerfile;
    expect(stages.map(({ name, base, parent }) => [name, base, parent])).toEqual(expected);
  });

  it('numbers instructions by stage, and keeps global ARGs', () => {
    const text = dollars('ARG A=1 B="x y"\nARG C\nARG D=§A§C\nFROM a\nARG E=2\nFROM b\nRUN c');
    const { instructions, globalArguments } = parseDockerfile('Dockerfile', text).dockerfile;
    expect(instructions.map(({ stage }) => stage)).toEqual([-1, -1, -1, 0, 0, 1, 1]);
    expect(globalArguments).toEqual({ A: '1', B: 'x y', D: '1$C' });
  });
});

describe('problems', () => {
  it.each<readonly [string, string, readonly string[]]>([
    ['an empty file', '', ['1: the file has no FROM']],
    ['no FROM', 'ARG X\n', ['1: the file has no FROM']],
    ['an unknown instruction', 'FROM a\nRUM b\n', ['2: the line starts with no known instruction']],
    ['an unknown instruction of ONBUILD', 'FROM a\nONBUILD RUM b\n', ['2: the line starts with no known instruction']],
    ['an instruction before FROM', 'RUN b\nFROM a', ['1: RUN stands before the first FROM']],
    ['an unterminated heredoc', 'FROM a\nRUN <<E\nb\n', ['2: a heredoc is not terminated']],
    [
      'a bad FROM',
      'FROM a b\nFROM\n',
      ['1: FROM takes an image, and a stage name after AS', '2: FROM takes an image, and a stage name after AS'],
    ],
    ['a control byte', 'FROM a\nRUN \0b\n', ['2: the line holds a control byte']],
    ['a second directive', '# escape=`\n# escape=`\nFROM a', ['2: a second escape directive is not allowed']],
    ['a bad escape', '# escape=x\nFROM a', ['1: the escape directive allows only \\ or `']],
  ])('%s', (_, text, expected) => {
    expect(problemsOf(text)).toEqual(expected);
  });

  it('keeps what could be read, and says nothing of what the line holds', () => {
    const { dockerfile, problems } = parseDockerfile('Dockerfile', 'FROM a\nhunter2-value\nRUN b');
    expect(dockerfile.instructions.map(({ keyword }) => keyword)).toContain('RUN');
    expect(JSON.stringify(problems)).not.toContain('hunter2');
  });

  it('does not read a file that is too large, or instructions without end', () => {
    expect(problemsOf(`FROM a\n#${'x'.repeat(1_048_576)}`)).toEqual(['1: the file is longer than 1048576 characters']);
    expect(problemsOf(`FROM a\n${'RUN b\n'.repeat(10_000)}`)).toEqual([
      '10001: the file has more than 10000 instructions',
    ]);
  });

  it('does not let defaults double', () => {
    const doubling = Array.from({ length: 60 }, (_, i) => `ARG A${i + 1}=§A${i}§A${i}`).join('\n');
    const { stages } = parseDockerfile('Dockerfile', dollars(`ARG A0=xxxxxxxx\n${doubling}\nFROM §A60`)).dockerfile;
    expect(stages[0]?.base.length).toBeLessThan(100_000);
  });
});

function offsetOf(text: string, line: number, column: number): number {
  const starts = [0, ...[...text.matchAll(/\r\n|\r|\n/g)].map((match) => match.index + match[0].length)];
  return (starts[line - 1] ?? Number.NaN) + column - 1;
}

function checkSpans(text: string, instructions: readonly Instruction[]): void {
  let last = 0;
  for (const { span, argumentText, argumentStart, flags, heredocs } of instructions) {
    const start = offsetOf(text, span.line, span.column);
    const end = offsetOf(text, span.endLine, span.endColumn);
    expect(start).toBeGreaterThanOrEqual(last);
    expect(end).toBeGreaterThan(start);
    expect(end).toBeLessThanOrEqual(text.length);
    expect(argumentStart).toBeGreaterThanOrEqual(start);
    expect(argumentStart + argumentText.length).toBeLessThanOrEqual(end);
    for (let i = 0; i < argumentText.length; i++) {
      expect([' ', text[argumentStart + i]]).toContain(argumentText[i]);
    }
    for (const { valueSpan } of flags) {
      expect(offsetOf(text, valueSpan.line, valueSpan.column)).toBeGreaterThanOrEqual(start);
      expect(offsetOf(text, valueSpan.endLine, valueSpan.endColumn)).toBeLessThanOrEqual(end);
    }
    for (const { bodyStart } of heredocs) expect(bodyStart).toBeLessThanOrEqual(text.length);
    last = end;
  }
}

describe('any text', () => {
  const fragment = fc.constantFrom(
    ...[
      'FROM a',
      'FROM ',
      'RUN ',
      'COPY --from=x ',
      'ARG X=§X',
      'ENV A=b',
      'ONBUILD ',
      'npm ci',
      ' AS b',
      '§{X:-',
      '}',
      '§X',
    ],
    ...[
      '\n',
      '\r\n',
      '\r',
      '\\\n',
      '\\\r\n',
      '\\ \n',
      '`\n',
      '# escape=`\n',
      '# x\n',
      '<<E',
      '<<-E',
      "<<'E'",
      '<< E',
      'E\n',
      '\tE\n',
    ],
    ...[
      '["a", "b"]',
      '[',
      '"',
      "'",
      '\\',
      '--x="',
      '=',
      ' ',
      '\t',
      '\0',
      '\uFEFF',
      'é😀',
      '\u2028',
      '\v',
      '3<<1',
      '1\n',
    ],
  );

  it.each([
    ['any text', fc.string({ unit: 'binary', maxLength: 300 })],
    ['Dockerfile-like text', fc.array(fragment, { maxLength: 40 }).map((parts) => dollars(parts.join('')))],
  ])('never throws; spans lie in the file, in order, apart: %s', (_, texts) => {
    fc.assert(
      fc.property(texts, (text) => checkSpans(text, parseDockerfile('Dockerfile', text).dockerfile.instructions)),
      { numRuns: 1500 },
    );
  });
});
