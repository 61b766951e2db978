import fc from 'fast-check';
import { expect, it } from 'vitest';
import { gatherFiles } from '../../src/gather.ts';
import { judge } from '../../src/judge.ts';
import { defaultPolicy } from '../../src/policy/schema.ts';
import { rules } from '../../src/rules/registry.ts';
import { trace } from '../../src/trace/trace.ts';
import { hostOn, requestFor } from '../helpers/check-example.ts';
import { memoryTree } from '../helpers/memory-tree.ts';

const paths = [
  'Dockerfile',
  'a/Dockerfile.dev',
  'Containerfile',
  'compose.yaml',
  'docker-compose.override.yml',
  '.github/workflows/ci.yml',
  '.github/workflows/other.yaml',
  'package.json',
  'web/package.json',
  'package-lock.json',
  'pnpm-lock.yaml',
  'yarn.lock',
  'bun.lock',
  '.npmrc',
  '.yarnrc.yml',
  'pnpm-workspace.yaml',
  'requirements.txt',
  'pyproject.toml',
  'uv.lock',
  'poetry.lock',
  'scripts/run.sh',
  'models/a.gguf',
  'models/a.safetensors',
  'models/a.bin',
];

/** Pieces that mean something to one parser or another. */
const piece = fc.constantFrom(
  'FROM ',
  'FROM a AS b\n',
  'RUN ',
  'COPY --from=',
  'ARG A=',
  '# escape=`\n',
  '# syntax=x\n',
  '<<EOF\n',
  'EOF\n',
  '<<-"E"\n',
  '\\\n',
  '`\n',
  'ONBUILD ',
  'HEALTHCHECK CMD ',
  '["a", "',
  '"]',
  '${',
  '}',
  '${A:-${B:-',
  '$(',
  '`',
  ')',
  '&&',
  '||',
  '|',
  ';',
  "'",
  '"',
  '\n',
  '\r\n',
  '\r',
  '\t',
  ' ',
  '\0',
  '\ufeff',
  '\u2028',
  '\ud800',
  'npm install ',
  'pip install -r ',
  'uv sync',
  'pnpm i',
  'yarn',
  'poetry install',
  'bun ci',
  'cd a && ',
  'sh -c "',
  'xargs ',
  'env A=b ',
  'eval ',
  'for i in 1; do ',
  'done',
  'if true; then',
  'fi',
  'case x in',
  'esac',
  'function f() {',
  '{',
  '}',
  'services:\n',
  '  a:\n',
  '    image: ',
  '    build: ',
  '      context: ',
  'extends:\n',
  'include:\n',
  '&a ',
  '*a',
  '<<: *a\n',
  '!!binary ',
  '!reset ',
  '- ',
  ': ',
  '? ',
  '|\n',
  '>-\n',
  '---\n',
  '...\n',
  '%YAML 1.2\n',
  '[',
  ']',
  '{a: ',
  '#',
  'on: push\n',
  'jobs:\n',
  '  j:\n',
  '    runs-on: x\n',
  '    container: ',
  '    steps:\n',
  '      - run: ',
  '      - uses: ',
  '${{ ',
  ' }}',
  'matrix.',
  'env.A',
  'defaults:\n',
  '{"',
  '":',
  '[[package]]\n',
  '[project]\n',
  'dependencies = [',
  'name = "',
  '"""',
  "'''",
  '--hash=sha256:',
  '-r ',
  '-e .',
  '==1',
  'lockfileVersion',
  '__proto__',
  'constructor',
  'node',
  'redis:latest',
  'a@sha256:',
  'GGUF',
  '\u0003\0\0\0',
  'version https://git-lfs.github.com/spec/v1\n',
);
const text = fc.oneof(
  { weight: 5, arbitrary: fc.array(piece, { maxLength: 60 }).map((parts) => parts.join('')) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 200 }) },
  { weight: 1, arbitrary: fc.tuple(piece, fc.nat(3000)).map(([part, count]) => part.repeat(count)) },
);
const tree = fc.dictionary(fc.constantFrom(...paths), text, { minKeys: 1, maxKeys: 6 });

it('no text of any file that is read makes a source or a rule throw', async () => {
  await fc.assert(
    fc.asyncProperty(tree, async (files) => {
      const { evidence, gaps } = await gatherFiles(requestFor('/repository'), memoryTree(files), hostOn());
      const { causes } = trace(evidence, []);
      const judged = judge(evidence, causes, rules, defaultPolicy);
      expect(judged.gaps).toEqual([]);
      for (const { source, reason, hint } of gaps)
        expect([source, reason, hint].every((part) => part.length > 0)).toBe(true);
    }),
    { numRuns: 600 },
  );
});

it.each([
  ['nested lists', '['.repeat(20_000)],
  ['nested maps', '{a: '.repeat(20_000)],
  ['nested YAML', Array.from({ length: 400 }, (_, depth) => `${' '.repeat(depth)}a:\n`).join('')],
  [
    'aliases that multiply',
    `a: &a [x,x]\n${Array.from({ length: 30 }, (_, index) => `b${index}: &b${index} [*a,*a,*a]\n`).join('')}`,
  ],
  ['nested expansions', '${A:-'.repeat(10_000)],
  ['nested substitutions', `FROM a\nRUN ${'$('.repeat(10_000)}`],
  ['nested shells', `FROM a\nRUN ${'sh -c "'.repeat(3000)}`],
  ['one long line', `FROM ${'a'.repeat(4_000_000)}`],
  ['many lines', 'FROM a\n'.repeat(50_000)],
  ['many continuations', `RUN a ${'\\\n'.repeat(200_000)}`],
  ['many heredocs', `FROM a\n${'RUN <<E\n'.repeat(5000)}`],
  ['nested JSON', `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`],
  ['long TOML', `[project]\ndependencies = [${'"a==1",'.repeat(50_000)}]`],
])('%s end in time, in every file', async (_, content) => {
  for (const path of paths) {
    const start = performance.now();
    await gatherFiles(requestFor('/repository'), memoryTree({ [path]: content }), hostOn());
    expect(performance.now() - start, path).toBeLessThan(10_000);
  }
});
