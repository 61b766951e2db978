import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { extractCommands, extractExecCommands } from '../../../src/sources/shell/commands.ts';
import { scriptLimit } from '../../../src/sources/shell/script-text.ts';

const parserFailure = '# the parser fails here';

vi.mock('unbash', async (importOriginal) => {
  const original = await importOriginal<typeof import('unbash')>();
  return {
    ...original,
    parse(text: string) {
      if (text.startsWith(parserFailure)) throw new RangeError('Maximum call stack size exceeded');
      return original.parse(text);
    },
  };
});

/** Each command as its words, dynamic ones marked with `~`. */
function wordsOf(script: string): readonly string[] {
  return extractCommands(script).commands.map((command) =>
    command.words.map((word) => (word.isDynamic ? `~${word.value}` : word.value)).join(' '),
  );
}

describe('extractCommands', () => {
  it.each<readonly [string, string, readonly string[]]>([
    ['a list', 'npm ci; yarn && pnpm i || bun i', ['npm ci', 'yarn', 'pnpm i', 'bun i']],
    ['a pipeline', 'npm ls | grep x', ['npm ls', 'grep x']],
    ['a background job', 'npm ci & yarn', ['npm ci', 'yarn']],
    ['a subshell and a group', '(npm ci); { yarn; }', ['npm ci', 'yarn']],
    ['if and else', 'if a; then b; elif c; then d; else e; fi', ['a', 'b', 'c', 'd', 'e']],
    ['loops', 'for i in $(a); do b; done; while c; do d; done; until e; do f; done', ['a', 'b', 'c', 'd', 'e', 'f']],
    ['case', 'case $x in a) b;; *) c;; esac', ['b', 'c']],
    ['functions', 'f() { npm ci; }; function g { yarn; }', ['npm ci', 'yarn']],
    [
      'substitutions',
      'echo $(npm ci) `yarn` <(pnpm i)',
      ['echo ~$(npm ci) ~`yarn` ~<(pnpm i)', 'npm ci', 'yarn', 'pnpm i'],
    ],
    ['a substitution in quotes', 'echo "a $(npm ci)"', ['echo ~a $(npm ci)', 'npm ci']],
    [
      'a substitution in a test',
      '[[ $(npm ls) ]] && echo $((1 + $(yarn)))',
      ['npm ls', 'echo ~$((1 + $(yarn)))', 'yarn'],
    ],
    ['a substitution in an assignment', 'X=$(npm ci)', ['npm ci']],
    ['comments', '# npm i\n  # yarn\nnpm ci # pnpm i', ['npm ci']],
    ['a quoted hash', 'npm i "#x"', ['npm i #x']],
    ['continuations', 'npm \\\n  ci', ['npm ci']],
    ['CRLF', 'npm \\\r\n  ci\r\nyarn\r\n', ['npm ci', 'yarn']],
    ['a heredoc that is data', 'cat <<E\nnpm i\nE\nyarn', ['cat', 'yarn']],
    ['a heredoc that is data, in CRLF', 'cat <<E\r\nnpm i\r\nE\r\nyarn\r\n', ['cat', 'yarn']],
    ['redirections', 'npm ci >/dev/null 2>&1 <x', ['npm ci']],
    ['extras of a Python package', 'pip install uvicorn[standard]==0.30', ['pip install uvicorn[standard]==0.30']],
    ['wildcards', 'pip install ./dist/*.whl', ['pip install ~./dist/*.whl']],
    ['a broken script', 'npm ci && (', ['npm ci']],
  ])('reads %s', (_, script, expected) => {
    expect(wordsOf(script)).toEqual(expected);
  });

  it.each<readonly [string, string, readonly string[]]>([
    ['sudo', 'sudo -E -u app npm ci', ['npm ci']],
    ['sudo with a cluster and assignments', 'sudo -Hu app CI=1 npm ci', ['npm ci']],
    ['doas', 'doas -u app npm ci', ['npm ci']],
    ['env', 'env -i -u X A=b npm ci', ['npm ci']],
    ['time as keyword and as program', 'time -p npm ci; /usr/bin/time -f %e yarn', ['npm ci', 'yarn']],
    ['nice, nohup, exec and command', 'nice -n 5 nohup exec command npm ci', ['npm ci']],
    ['xargs', 'xargs -n1 -I x npm i x', ['npm i x']],
    ['gosu and su-exec', 'gosu app npm ci; su-exec app:app yarn', ['npm ci', 'yarn']],
    ['timeout', 'timeout -k 5 10m npm ci', ['npm ci']],
    ['corepack', 'corepack pnpm@9 i; corepack enable', ['pnpm@9 i', 'corepack enable']],
    ['pyenv exec', 'pyenv exec pip install x', ['pip install x']],
    ['a question for a command', 'command -v npm || exit', ['exit']],
    ['an outer docker run', 'docker run img npm i', ['docker run img npm i']],
  ])('strips %s', (_, script, expected) => {
    expect(wordsOf(script)).toEqual(expected);
  });

  it.each<readonly [string, string, readonly string[]]>([
    ['sh -c', "sh -c 'npm ci; yarn'", ['npm ci', 'yarn']],
    ['bash with option clusters', 'bash -euxo pipefail -c "npm ci"', ['npm ci']],
    ['a login shell', '/bin/bash -lc "npm ci"', ['npm ci']],
    ['scripts in scripts', `sh -c "ash -c 'dash -c yarn'"`, ['yarn']],
    ['su', 'su -s /bin/sh app -c "npm ci"', ['npm ci']],
    ['eval', 'eval "npm ci"; eval yarn install', ['npm ci', 'yarn install']],
    ['sudo sh -c', 'sudo sh -c "npm ci"', ['npm ci']],
    ['variables within', 'sh -c "npm ci $X"', ['npm ci ~$X']],
    ['a heredoc for a shell', 'bash <<E\nnpm ci\nE', ['npm ci']],
    ['a quoted heredoc for a shell', "sudo bash -s <<-'E'\n\tnpm ci\n\tE\n", ['npm ci']],
    ['a piped heredoc', 'cat <<E | sh\nnpm i $(yarn)\nE\n', ['cat', 'npm i ~$(yarn)', 'yarn']],
    ['a here-string', 'bash <<< "npm ci"', ['npm ci']],
    ['a script file', 'sh install.sh', ['sh install.sh']],
    ['a script that is a variable', 'sh -c "$X"', ['~$X']],
  ])('follows %s', (_, script, expected) => {
    expect(wordsOf(script)).toEqual(expected);
  });

  it.each<readonly [string, string, readonly string[]]>([
    ['words', 'sudo npm  ci', ['npm', 'ci']],
    ['quoted words', `npm "i" 'x'y`, ['npm', '"i"', "'x'y"]],
    ['a script in single quotes', "sh -c 'npm ci'", ['npm', 'ci']],
    ['a script in double quotes, twice', `sh -c "sh -c 'npm ci'"`, ['npm', 'ci']],
    ['a script with escapes', 'sh -c "npm \\"ci\\""', ['"npm \\"ci\\""', '"npm \\"ci\\""']],
    ['a heredoc', 'bash <<E\n  npm ci\nE', ['npm', 'ci']],
    ['a substitution', 'echo "$(npm ci)"', ['echo', '"$(npm ci)"', 'npm', 'ci']],
    ['an escaped backtick script', 'a `b \\`c\\``', ['a', '`b \\`c\\``', ...Array(3).fill('`b \\`c\\``')]],
    ['CRLF', 'npm \\\r\nci', ['npm', 'ci']],
  ])('knows where %s stand', (_, script, expected) => {
    const words = extractCommands(script).commands.flatMap((command) => command.words);
    expect(words.map((word) => script.slice(word.start, word.end))).toEqual(expected);
  });

  it.each<readonly [string, string, Readonly<Record<string, string>>]>([
    ['prefix assignments', 'A=1 B="x y" npm ci', { A: '1', B: 'x y' }],
    ['only for their command', 'A=1 yarn; npm ci', {}],
    ['exports', 'export A=1; npm ci', { A: '1' }],
    ['plain assignments', 'A=1; npm ci', { A: '1' }],
    ['env and sudo', 'env A=1 sudo B=2 npm ci', { A: '1', B: '2' }],
    ['unset and env -u', 'A=1; B=1; unset A; env -u B npm ci', { A: '', B: '' }],
    ['dynamic values as written', 'A=$X npm ci', { A: '$X' }],
    ['nothing of a subshell', '(A=1); npm ci', {}],
    ['everything of a group', '{ A=1; }; npm ci', { A: '1' }],
    ['inherited by scripts', "A=1 sh -c 'B=2; npm ci'", { A: '1', B: '2' }],
    ['hostile names', '__proto__=1 npm ci', JSON.parse('{"__proto__":"1"}')],
  ])('follows variables: %s', (_, script, expected) => {
    expect(extractCommands(script).commands.at(-1)?.environment).toEqual(expected);
  });

  it.each<readonly [string, string | null]>([
    ['npm ci', ''],
    ['cd web && npm ci', 'web'],
    ['cd web; cd ../api/; npm ci', 'api'],
    ['cd /app && cd web && npm ci', '/app/web'],
    ['cd ..; npm ci', '..'],
    ['cd "$X"; npm ci', null],
    ['cd "$X"; cd /a; npm ci', '/a'],
    ['cd; npm ci', null],
    ['cd -; npm ci', null],
    ['cd ~/x; npm ci', null],
    ['(cd web); npm ci', ''],
    ['cd web | x; npm ci', ''],
    ['pushd web; npm ci', 'web'],
    ['pushd web; popd; npm ci', null],
    ['cd web && sh -c "cd x && npm ci"', 'web/x'],
  ])('follows folders: %s', (script, expected) => {
    expect(extractCommands(script).commands.at(-1)?.directory).toBe(expected);
  });

  it('takes workflow expressions for dynamic words', () => {
    const script = "npm §{{ inputs.x == '}}' }} ci; '§{{ b }}'/npm i".replaceAll('§', '$');
    const { commands } = extractCommands(script);
    expect(commands.map((command) => command.words.map((word) => word.isDynamic))).toEqual([
      [false, true, false],
      [true, false],
    ]);
    expect(commands[0]?.words.map((word) => script.slice(word.start, word.end))).toEqual([
      'npm',
      "§{{ inputs.x == '}}' }}".replace('§', '$'),
      'ci',
    ]);
  });

  const evals = (depth: number): string => (depth === 0 ? 'npm ci' : `eval ${evals(depth - 1)}`);
  const substitutions = (depth: number): string => (depth === 0 ? 'npm ci' : `x $(${substitutions(depth - 1)})`);

  it.each<readonly [string, string, string | null]>([
    ['all of a broken script', 'npm ci && (', null],
    ['eight nested scripts', evals(7), null],
    ['eight nested substitutions', substitutions(7), null],
    ['more nested scripts', evals(8), 'is nested too deeply to be read to the end'],
    ['more nested substitutions', substitutions(8), 'is nested too deeply to be read to the end'],
    ['nested groups without end', '{ '.repeat(1000), 'is nested too deeply to be read to the end'],
    ['nested tests without end', `[[ ${'( '.repeat(300)}$(npm i)`, 'is nested too deeply to be read to the end'],
    ['a script at the limit', 'x'.repeat(scriptLimit), null],
    ['a longer script', 'x'.repeat(scriptLimit + 1), 'is too long to be read'],
    ['a script the parser fails at', parserFailure, 'cannot be parsed'],
    ['a script within that it fails at', `yarn; sh -c '${parserFailure}'`, 'cannot be parsed'],
  ])('tells whether it has read %s', (_, script, problem) => {
    expect(extractCommands(script).problem).toBe(problem);
  });

  it('keeps what it has read', () => {
    expect(wordsOf(`yarn; ${evals(7)}`)).toEqual(['yarn', 'npm ci']);
    expect(wordsOf(`yarn; ${evals(8)}`)).toEqual(['yarn']);
    expect(wordsOf(`yarn; sh -c '${parserFailure}'; npm i`)).toEqual(['yarn', 'npm i']);
    expect(wordsOf(`npm ci #${'x'.repeat(scriptLimit)}`)).toEqual([]);
  });

  const fragment = fc.constantFrom(
    ...['(', ')', '$(', '`', '§{', '}', '"', "'", 'npm i ', '\n', '\r\n', ';', 'cat <<E\n', 'E\n', 'bash <<E\n'],
    ...['$((', '))', '[[ ', '{ ', 'if ', 'then ', 'fi;', 'case x in ', 'a)', ';;', 'esac', '|', '&&', '&', '\\'],
    ...['sh -c ', 'eval ', '<(', 'A=', 'export ', 'cd x;', '#', '*[', '§{{ a }}', '<<<', 'do ', '\0', 'é😀', 'sudo '],
  );

  it.each([
    ['any text', fc.string({ unit: 'binary', maxLength: 200 })],
    ['shell-like text', fc.array(fragment, { maxLength: 40 }).map((parts) => parts.join('').replaceAll('§', '$'))],
  ])('never throws, and spans lie in the script: %s', (_, text) => {
    fc.assert(
      fc.property(text, (script) => {
        for (const command of extractCommands(script).commands) {
          for (const { start, end } of [command, ...command.words]) {
            expect(start >= 0 && start <= end && end <= script.length).toBe(true);
          }
        }
      }),
      { numRuns: 1500 },
    );
  });
});

it('keeps spans in the script where an escape ends it', () => {
  const script = '$' + '{\r\n\\';
  for (const { end } of extractCommands(script).commands) expect(end).toBeLessThanOrEqual(script.length);
});

describe('extractExecCommands', () => {
  it('follows a shell, with the offsets of the words', () => {
    const root = '["sh", "-c", "cd web && npm ci"]';
    const words = ['sh', '-c', 'cd web && npm ci'].map((value) => {
      const start = root.indexOf(value);
      return { value, isDynamic: false, start, end: start + value.length };
    });
    const [, npm] = extractExecCommands(root, words).commands;
    expect(npm?.words.map((word) => root.slice(word.start, word.end))).toEqual(['npm', 'ci']);
    expect(npm?.directory).toBe('web');
  });

  it('takes variables literally', () => {
    const [command] = extractExecCommands('', [{ value: '$X', isDynamic: false, start: 0, end: 0 }]).commands;
    expect(command?.words.map((word) => [word.value, word.isDynamic])).toEqual([['$X', false]]);
  });

  it('tells what it has not read', () => {
    const words = ['sh', '-c', parserFailure].map((value) => ({ value, isDynamic: false, start: 0, end: 0 }));
    expect(extractExecCommands('', words)).toEqual({ commands: [], problem: 'cannot be parsed' });
  });
});
