// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts hold workflow expressions
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readWorkflow, workflowSource } from '../../../src/sources/workflow/source.ts';
import { isGap } from '../../../src/sources/workspace/file-tree.ts';
import { memoryTree } from '../../helpers/memory-tree.ts';
import { expectInside, textAt } from '../../helpers/position.ts';

const file = '.github/workflows/ci.yml';
const read = (text: string, path = file) => [...readWorkflow({ path, text })];

/** `role line:column text`, with what is unresolved in angle brackets. */
function images(text: string, path?: string): readonly string[] {
  return read(text, path).flatMap((item) => {
    if (isGap(item)) return [`gap: ${item.reason}`];
    if (item.kind !== 'image-reference') return [];
    const open = item.unresolved.length > 0 ? ` <${item.unresolved.join(',')}>` : '';
    return [`${item.role.slice('workflow-'.length)} ${item.at.line}:${item.at.column} ${item.text}${open}`];
  });
}

function installs(text: string, path?: string) {
  return read(text, path).flatMap((item) => (isGap(item) || item.kind !== 'install-command' ? [] : [item]));
}

describe('which files', () => {
  it.each([
    ['.github/workflows/ci.yml', true],
    ['.github/workflows/ci.yaml', true],
    ['.github/workflows/old/ci.yml', false],
    ['.github/dependabot.yml', false],
    ['action.yml', true],
    ['tools/lint/action.yaml', true],
    ['reaction.yml', false],
    ['sub/.github/workflows/ci.yml', true],
  ])('%s', (path, expected) => {
    expect(workflowSource.examines({ path, size: 1, isTracked: true })).toBe(expected);
    expect(workflowSource.examines({ path, size: 1, isTracked: false })).toBe(false);
  });

  it('are read through the tree, and a broken one is a gap', async () => {
    const tree = memoryTree({ 'action.yml': 'runs: { image: docker://node }', [file]: 'jobs: [', 'x.yml': 'jobs: [' });
    const found: unknown[] = [];
    const context = { tree } as unknown as Parameters<typeof workflowSource.collect>[0];
    for await (const item of workflowSource.collect(context)) found.push(item);
    expect(found).toMatchObject([
      { source: 'workflow', subject: file, reason: expect.stringMatching(/ci\.yml is not valid YAML: line 1 \(/) },
      { kind: 'image-reference', text: 'node' },
    ]);
  });
});

describe('images', () => {
  it('of containers, services and docker steps', () => {
    const text = `jobs:
  a:
    container: node:22
    services:
      db: { image: "postgres:17" }
      cache: redis:7
  b:
    container:
      image: 'ghcr.io/me/app:1'
      env: { A: b }
    steps:
      - uses: actions/checkout@v4
      - uses: docker://alpine:3.21
      - uses: ./local
      - uses: $/local
  c:
    uses: ./.github/workflows/other.yml
`;
    expect(images(text)).toEqual([
      'container 3:16 node:22',
      'service 5:21 postgres:17',
      'service 6:14 redis:7',
      'container 9:15 ghcr.io/me/app:1',
      'uses 13:24 alpine:3.21',
    ]);
  });

  it('of actions', () => {
    expect(images('runs: { using: docker, image: "docker://node:latest" }', 'a/action.yml')).toEqual([
      'uses 1:41 node:latest',
    ]);
    expect(images('runs: { using: docker, image: Dockerfile }', 'a/action.yml')).toEqual([]);
    expect(images('runs:\n  using: composite\n  steps:\n    - uses: docker://node\n', 'a/action.yml')).toEqual([
      'uses 4:22 node',
    ]);
  });

  it('of a matrix stand at its entries', () => {
    const text = `jobs:
  a:
    strategy:
      matrix:
        image: [node:22, "node:latest"]
        version: [18, 20.10]
        db:
          - { image: postgres:17, port: 1 }
          - { image: redis, port: 2 }
        include:
          - image: bun:1
          - other: x
    container: \${{ matrix.image }}
    services:
      one: { image: "python:\${{matrix.version}}-slim" }
      two: { image: "\${{ matrix.db.image }}" }
      three: { image: "\${{ matrix.other }}/\${{ matrix.version }}" }
`;
    expect(images(text)).toEqual([
      'container 5:17 node:22',
      'container 5:27 node:latest',
      'container 11:20 bun:1',
      'service 6:19 python:18-slim',
      'service 6:23 python:20.1-slim',
      'service 8:22 postgres:17',
      'service 9:22 redis',
      'service 17:24 x/18',
      'service 17:24 x/20.1',
    ]);
    const [first] = read(text);
    expect(first).toMatchObject({ usedAt: { line: 13, column: 16 }, written: 'node:22' });
  });

  it('that an expression decides stay open', () => {
    const text = `jobs:
  a:
    strategy: { matrix: "\${{ fromJSON(needs.x.outputs.m) }}" }
    container: "\${{ matrix.image }}"
    services:
      b: { image: "node:\${{ inputs.v || '22' }}" }
      c: { image: "\${{ env.A }}/\${{ env.B }}" }
      d: { image: "\${{ matrix.none }}" }
      e: { image: "" }
      f: { image: "\${{ unclosed" }
  g:
    strategy: { matrix: { image: ["\${{ inputs.x }}", node], include: "\${{ fromJSON(x) }}" } }
    container: "\${{ matrix.image }}"
`;
    expect(images(text)).toEqual([
      'container 4:17 ${{ matrix.image }} <matrix.image>',
      "service 6:20 node:${{ inputs.v || '22' }} <inputs.v || '22'>",
      'service 7:20 ${{ env.A }}/${{ env.B }} <env.A,env.B>',
      'service 8:20 ${{ matrix.none }} <matrix.none>',
      'service 10:20 ${{ unclosed <unclosed>',
      'container 13:17 ${{ matrix.image }} <matrix.image>',
    ]);
  });

  it('a matrix too large stays open', () => {
    const list = `[${Array.from({ length: 17 }, (_, i) => i + 1).join(', ')}]`;
    const text = `jobs:\n  a:\n    strategy: { matrix: { a: ${list}, b: ${list} } }\n    container: "x:\${{ matrix.a }}.\${{ matrix.b }}"\n`;
    expect(images(text)).toEqual(['container 4:17 x:${{ matrix.a }}.${{ matrix.b }} <matrix.a,matrix.b>']);
  });
});

describe('install commands', () => {
  it('stand where they are written in a literal block', () => {
    const text = `on: push
jobs:
  a:
    runs-on: ubuntu-24.04
    steps:
      - run: |
          set -e
          cd web && npm ci --omit=dev
          echo done; pip install -r \\
            requirements.txt
      - name: plain
        run: pnpm install # comment
      - run: "yarn \\"install\\""
      - run: >-
          uv sync
          --locked
`;
    const found = installs(text);
    expect(found.map((item) => [item.manager, item.words.join(' '), item.directories, textAt(item.at, text)])).toEqual([
      ['npm', 'npm ci --omit=dev', ['web'], 'npm ci --omit=dev'],
      ['pip', 'pip install -r requirements.txt', ['web'], 'pip install -r \\\n            requirements.txt'],
      ['pnpm', 'pnpm install', [''], 'pnpm install'],
      ['yarn', 'yarn install', [''], 'yarn \\"install\\"'],
      ['uv', 'uv sync --locked', [''], 'uv sync\n          --locked'],
    ]);
    expect(found[0]).toMatchObject({
      kind: 'install-command',
      context: 'workflow',
      at: { path: file, line: 8, column: 21, endLine: 8, endColumn: 38 },
      environment: { CI: 'true', GITHUB_ACTIONS: 'true' },
    });
  });

  it('know the environment of workflow, job, step and script, the nearest first', () => {
    const text = `env: { A: workflow, B: workflow, C: workflow, CI: false, N: 1 }
jobs:
  a:
    env: { B: job, C: job, D: "\${{ secrets.X }}" }
    steps:
      - env: { C: step, A: "\${{ github.ref }}" }
        run: E=prefix npm ci
  b:
    steps:
      - run: export A=script && npm ci
`;
    expect(installs(text).map((item) => item.environment)).toEqual([
      { CI: 'false', GITHUB_ACTIONS: 'true', A: '', B: 'job', C: 'step', D: '', E: 'prefix', N: '1' },
      { CI: 'false', GITHUB_ACTIONS: 'true', A: 'script', B: 'workflow', C: 'workflow', N: '1' },
    ]);
  });

  it.each([
    ['', '', 'npm ci', ['flow']],
    ['', 'working-directory: ./step/, ', 'npm ci', ['step']],
    ['job', '', 'npm ci', ['job']],
    ['job', 'working-directory: step, ', 'cd sub && npm ci', ['step/sub']],
    ['job', '', 'cd .. && npm ci', ['']],
    ['job', '', 'cd ../.. && npm ci', []],
    ['job', '', 'npm --prefix web ci', ['job/web']],
    ['job', '', 'cd "$X" && npm ci', []],
    ['/abs', '', 'npm ci', []],
    ['../out', '', 'npm ci', []],
    ['${{ github.workspace }}/web', '', 'npm ci', ['web']],
    ['${{ github.workspace }}', '', 'npm ci', ['']],
    ['${{ matrix.dir }}', '', 'npm ci', ['a', 'b/c']],
    ['apps/${{ matrix.dir }}', '', 'npm ci', ['apps/a', 'apps/b/c']],
    ['${{ inputs.dir }}', '', 'npm ci', []],
  ])('run in the right folder: job %j, step %j, %j', (job, step, script, directories) => {
    const defaults = job === '' ? '' : `    defaults: { run: { working-directory: "${job}" } }\n`;
    const text = `defaults: { run: { working-directory: flow } }
jobs:
  a:
    strategy: { matrix: { dir: [a, b/c] } }
${defaults}    steps:
      - { ${step}run: '${script}' }
`;
    expect(installs(text).map((item) => item.directories)).toEqual([directories]);
  });

  it.each([
    ['', true],
    ['shell: bash, ', true],
    ['shell: sh, ', true],
    ['shell: "bash -el {0}", ', true],
    ['shell: /bin/bash, ', true],
    ['shell: "${{ inputs.shell }}", ', true],
    ['shell: pwsh, ', false],
    ['shell: powershell, ', false],
    ['shell: cmd, ', false],
    ['shell: python, ', false],
    ['shell: "python {0}", ', false],
  ])('are read from shell scripts only: %j', (shell, isRead) => {
    const text = `jobs:\n  a:\n    steps:\n      - { ${shell}run: npm install }\n`;
    expect(installs(text)).toHaveLength(isRead ? 1 : 0);
    expect(read(text).filter(isGap)).toEqual([]);
  });

  it.each([
    ['runs-on: windows-latest', 0],
    ['runs-on: [self-hosted, Windows]', 0],
    ['runs-on: { group: big, labels: windows-2025 }', 0],
    ['runs-on: windows-latest\n    defaults: { run: { shell: bash } }', 1],
    ['runs-on: ubuntu-24.04\n    defaults: { run: { shell: pwsh } }', 0],
    ['runs-on: ubuntu-24.04', 1],
  ])('follow the default shell of the runner: %s', (runner, count) => {
    expect(installs(`jobs:\n  a:\n    ${runner}\n    steps: [{ run: npm install }]\n`)).toHaveLength(count);
  });

  it('of composite actions run in the caller or beside the action', () => {
    const text = `runs:
  using: composite
  steps:
    - { shell: bash, run: npm ci }
    - { shell: bash, run: npm ci, working-directory: "\${{ github.action_path }}" }
    - { shell: bash, run: npm ci, working-directory: "\${{ github.action_path }}/web" }
`;
    expect(installs(text, 'tools/lint/action.yml').map((item) => item.directories)).toEqual([
      [''],
      ['tools/lint'],
      ['tools/lint/web'],
    ]);
    expect(installs(text, 'action.yml').map((item) => item.directories)).toEqual([[''], [''], ['web']]);
  });

  it('with expressions keep their place, the expression being unknown', () => {
    const text = 'jobs:\n  a:\n    steps:\n      - run: |\n          npm install ${{ matrix.pkg }} --save\n';
    const [found] = installs(text);
    expect(found?.words).toEqual(['npm', 'install', null, '--save']);
    expect(found && textAt(found.at, text)).toBe('npm install ${{ matrix.pkg }} --save');
  });

  it('of a step shared by alias are read once per scope', () => {
    const text = `jobs:
  a: { steps: &s [{ run: npm ci }] }
  b: { steps: *s }
  c: { env: { CI: '' }, steps: *s }
`;
    expect(installs(text).map((item) => item.environment['CI'])).toEqual(['true', '']);
  });

  it('of endless scripts are a gap', () => {
    const text = `jobs:\n  a:\n    steps:\n      - run: |\n${'          echo aaaaaaaaaa\n'.repeat(19_000)}`;
    expect(read(text)).toMatchObject([
      { reason: 'the script in .github/workflows/ci.yml at line 5 is too long to be read' },
    ]);
  });

  it('of more scripts than are read of a file are a gap', () => {
    const step = `      - run: |\n${'          echo aaaaaaaaaa\n'.repeat(4500)}`;
    const gaps = read(`jobs:\n  a:\n    steps:\n${step.repeat(4)}`).filter(isGap);
    expect(gaps).toEqual([]);
    const aliases = Array.from({ length: 20 }, (_, i) => `  b${i}: { env: { X: ${i} }, steps: *s }\n`).join('');
    const many = read(`jobs:\n  a:\n    steps: &s\n${step}${aliases}`).filter(isGap);
    expect(new Set(many.map((item) => item.reason))).toEqual(
      new Set(['the script in .github/workflows/ci.yml at line 5 is more than is read of one file']),
    );
  });

  it('of scripts that are nested too deeply are a gap, and what lies above is read', () => {
    const text = `jobs:\n  a:\n    steps:\n      - run: |\n          npm ci\n          ${'eval '.repeat(9)}yarn\n`;
    expect(read(text)).toMatchObject([
      {
        source: 'workflow',
        reason: 'the script in .github/workflows/ci.yml at line 5 is nested too deeply to be read to the end',
      },
      { kind: 'install-command', words: ['npm', 'ci'] },
    ]);
  });
});

describe('builds', () => {
  /** Each Dockerfile a step builds with the contexts it names, and each image among them. */
  function builds(inputs: string, job = ''): readonly string[] {
    const text = `jobs:\n  a:\n${job}    steps:\n      - uses: docker/build-push-action@v6\n        with:\n${inputs}`;
    return read(text).map((item) => {
      if (isGap(item)) return `gap: ${item.reason}`;
      if (item.kind === 'image-build') return [item.dockerfile, ...item.contexts].join(' ');
      if (item.kind !== 'image-reference') return item.kind;
      return `${item.role} ${item.at.line}:${item.at.column} ${item.text} = ${textAt(item.at, text)}`;
    });
  }

  it.each<readonly [string, string, readonly string[]]>([
    ['the git context', '          push: true\n', ['Dockerfile']],
    ['a folder', '          context: ./api\n', ['api/Dockerfile']],
    ['a file', '          context: api\n          file: ./docker/api.Dockerfile\n', ['docker/api.Dockerfile']],
    ['a subfolder of the git context', '          context: "{{defaultContext}}:api"\n', ['api/Dockerfile']],
    [
      'a file in a subfolder of the git context',
      '          context: "{{defaultContext}}:api"\n          file: b.Dockerfile\n',
      ['api/b.Dockerfile'],
    ],
    ['the workspace', '          file: ${{ github.workspace }}/api/Dockerfile\n', ['api/Dockerfile']],
    ['an unknown file', '          file: ${{ inputs.file }}\n', []],
    ['an unknown folder', '          context: ${{ inputs.folder }}\n', []],
    [
      'a known file in an unknown folder',
      '          context: ${{ inputs.folder }}\n          file: a/Dockerfile\n',
      ['a/Dockerfile'],
    ],
    ['another repository', '          context: https://github.com/me/api.git\n', []],
    ['an outer folder', '          context: ../api\n', []],
  ])('of %s', (_, inputs, expected) => {
    expect(builds(inputs)).toEqual(expected);
  });

  it('name contexts, whose images are judged where they are written', () => {
    const inputs = `          context: api
          build-contexts: |
            node=docker-image://node:latest
            src = ./src

            base=docker-image://ghcr.io/me/base:\${{ github.sha }}
            none
`;
    expect(builds(inputs)).toEqual([
      'workflow-build 8:33 node:latest = node:latest',
      'workflow-build 11:33 ghcr.io/me/base:${{ github.sha }} = ghcr.io/me/base:${{ github.sha }}',
      'api/Dockerfile node src base',
    ]);
  });

  it('follow the matrix', () => {
    const job = '    strategy: { matrix: { app: [web, api] } }\n';
    expect(builds('          context: apps/${{ matrix.app }}\n', job)).toEqual([
      'apps/web/Dockerfile',
      'apps/api/Dockerfile',
    ]);
  });

  it('of a step that jobs share name their images once', () => {
    const text = `jobs:
  a: { steps: &s [{ uses: docker/build-push-action@v6, with: { build-contexts: "a=docker-image://b" } }] }
  b: { steps: *s }
`;
    expect(read(text).map((item) => (isGap(item) ? item.reason : item.kind))).toEqual([
      'image-reference',
      'image-build',
      'image-build',
    ]);
  });

  it('of other actions are not followed', () => {
    expect(read('jobs:\n  a:\n    steps:\n      - { uses: me/build-push-action@v6, with: { context: a } }\n')).toEqual(
      [],
    );
  });
});

describe('any text', () => {
  const unit = fc.constantFrom(
    'jobs:',
    '\n',
    '\n  ',
    '\n    ',
    '\n      ',
    'a:',
    ' container: ',
    'steps:',
    '- run: ',
    '|',
    '>-',
    'npm ci',
    'pip install x',
    '"',
    "'",
    '${{ matrix.a }}',
    '${{',
    '}}',
    'uses: docker://x',
    ' &a ',
    ' *a ',
    '<<: ',
    '[',
    ']',
    '{',
    '}',
    ',',
    '\\',
    '\\n',
    '\r\n',
    '\t',
    'env: ',
    '$(',
    'cd x && ',
    '😀',
    'strategy: { matrix: { a: [1, b] } }',
    'uses: docker/build-push-action@v6',
    'build-contexts: ',
    'a=docker-image://b',
  );
  const script = fc.array(unit, { maxLength: 25 }).map((units) => units.join(''));

  it('neither throws nor yields a place outside the file', () => {
    const wrapped = fc
      .tuple(fc.constantFrom(' ', ' |\n          ', ' >\n          ', ' "', " '"), script)
      .map(
        ([open, body]) => `jobs:\n  a:\n    steps:\n      - run:${open}npm i ${body}${/["']/.exec(open)?.[0] ?? ''}\n`,
      );
    fc.assert(
      fc.property(fc.oneof(fc.string(), script, wrapped), (text) => {
        for (const item of read(text)) {
          if (isGap(item) || item.kind === 'image-build') continue;
          expectInside(item.at, text);
          if (item.kind === 'image-reference') expectInside(item.usedAt, text);
        }
      }),
      { numRuns: 1500 },
    );
  });
});
