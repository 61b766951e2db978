import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderFile } from '../../src/commands/check.ts';
import { type ReportFormat, reportFormats } from '../../src/domain/report.ts';
import type { ExampleLayer, RuleExample } from '../../src/domain/rule.ts';
import { run } from '../../src/run.ts';
import { buildExampleImage, hostOn, imageAt, inFolder, requestFor } from '../helpers/check-example.ts';
import { writeFolder } from '../helpers/image-forms.ts';

/** Random text that no file holds by chance; long enough that a part of it is recognised too. */
const secret = fc
  .string({
    unit: fc.constantFrom(...'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789_-'),
    minLength: 20,
    maxLength: 60,
  })
  .map((text) => `q${text}7`);
const vendorKey = fc
  .string({
    unit: fc.constantFrom(...'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789'),
    minLength: 52,
    maxLength: 52,
  })
  .map((text) => ['gsk', text].join('_'));

/** A shell command with a secret in it, each in a way that people write. */
const commands: readonly ((value: string, pad: string) => string)[] = [
  (value, pad) => `npm install ${pad} --//registry.npmjs.org/:_authToken=${value}`,
  (value, pad) => `NPM_TOKEN=${value} npm install ${pad}`,
  (value, pad) => `npm install ${pad} --token ${value}`,
  (value, pad) => `npm install ${pad} git+https://x-access-token:${value}@github.com/me/private.git`,
  (value, pad) => `npm install ${pad} https://${value}@npm.example.com/private.tgz`,
  (value, pad) => `pip install ${pad} --index-url https://user:${value}@pypi.example.com/simple private`,
  (value, pad) => `pip install ${pad} --extra-index-url=https://${value}:x@pypi.example.com/simple private`,
  (value, pad) => `npm config set //registry.npmjs.org/:_authToken ${value} && npm install ${pad}`,
  (value, pad) => `curl ${pad} -H "Authorization: Bearer ${value}" https://example.com/x && npm install`,
  (value, pad) => `curl ${pad} -H 'X-Api-Key: ${value}' https://example.com/x && npm install`,
  (value, pad) => `curl ${pad} -u user:${value} https://example.com/x && npm install`,
  (value, pad) => `poetry config http-basic.private user ${value} && npm install ${pad}`,
  (value, pad) => `export API_KEY="${value}" && npm install ${pad}`,
  (value, pad) => `npm login --password ${value} && npm install ${pad}`,
  (value, pad) => `npm install ${pad} --password '${value}'`,
];

interface Planted {
  readonly example: RuleExample;
  readonly secrets: readonly string[];
}

interface Choice {
  readonly secrets: readonly string[];
  readonly key: string;
  readonly padding: number;
  readonly command: number;
  readonly step: number;
}

const planted: fc.Arbitrary<Choice> = fc.noShrink(
  fc.record({
    secrets: fc.array(secret, { minLength: 12, maxLength: 12 }),
    key: vendorKey,
    padding: fc.nat(420),
    command: fc.nat(commands.length - 1),
    step: fc.nat(commands.length - 1),
  }),
);

const fixedSecrets = Array.from({ length: 12 }, (_, index) =>
  createHash('sha256').update(`planted ${index}`).digest('base64url'),
);
const fixedKey = ['gsk', 'A1b2'.repeat(13)].join('_');

function plant({ secrets, key, padding, command, step }: Choice): Planted {
  const pad = padding < 3 ? '' : `--${'o'.repeat(padding)}`;
  const [
    dotenv = '',
    env = '',
    argument = '',
    run = '',
    workflow = '',
    url = '',
    label = '',
    compose = '',
    script = '',
    recorded = '',
    password = '',
    entrypoint = '',
  ] = secrets;
  const line = commands[command]?.(run, pad) ?? '';
  const files = {
    Dockerfile: [
      'FROM node:latest',
      `ARG NPM_TOKEN=${argument}`,
      `ENV CHAT_API_KEY=${env} OTHER=${key}`,
      `ENV DATABASE_URL=postgresql://app:${url}@db/app`,
      `RUN ${line}`,
      `RUN npm install ${pad} ./${dotenv}.tgz`,
      'COPY . /app',
      `LABEL com.example.password="${label}"`,
      `CMD ["node", "--token=${entrypoint}"]`,
      '',
    ].join('\n'),
    '.env': `A_PASSWORD=${dotenv}\n`,
    'compose.yaml': `services:\n  db:\n    image: postgres\n    environment:\n      POSTGRES_PASSWORD: ${compose}\n      URL: redis://:${password}@cache:6379/0\n`,
    '.github/workflows/ci.yml': `on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    env:\n      API_TOKEN: ${workflow}\n    steps:\n      - run: ${JSON.stringify(commands[step]?.(script, pad) ?? '')}\n`,
    'package.json': '{ "dependencies": { "a": "1" } }',
    'package-lock.json': '{ "lockfileVersion": 3, "packages": {} }',
  };
  const layers: readonly ExampleLayer[] = [
    { createdBy: 'ADD rootfs.tar / # buildkit', files: { 'etc/os-release': 'ID=debian\n' } },
    { createdBy: `ARG NPM_TOKEN=${argument}` },
    { createdBy: `ENV CHAT_API_KEY=${env} OTHER=${key}` },
    { createdBy: `RUN |1 NPM_TOKEN=${argument} /bin/sh -c ${line} # buildkit`, files: { 'app/built': 'x' } },
    {
      createdBy: 'COPY . /app # buildkit',
      files: { 'app/.env': `A_PASSWORD=${dotenv}\n`, [`srv/${'d'.repeat(90)}/prod.env`]: `B_KEY="${password}"\n` },
    },
    { createdBy: `LABEL com.example.password=${label}` },
    { createdBy: `CMD ["node" "--token=${entrypoint}"]` },
  ];
  const example: RuleExample = {
    title: '',
    files,
    image: {
      layers,
      environment: [`CHAT_API_KEY=${env}`, `OTHER=${key}`, `DATABASE_URL=postgresql://app:${url}@db/app`],
      labels: { 'com.example.password': label },
      buildArguments: { NPM_TOKEN: argument, DEPLOY_TOKEN: recorded },
    },
    flags: [],
  };
  return { example, secrets: [...secrets, key] };
}

/** Every part of a value that is long enough to be worth something. */
function partsOf(value: string): readonly string[] {
  return Array.from({ length: value.length - 7 }, (_, start) => value.slice(start, start + 8));
}

interface Rendered {
  readonly rules: ReadonlySet<string>;
  readonly texts: ReadonlyMap<ReportFormat, string>;
}

/** The example through the pipeline and every reporter. */
async function render(example: RuleExample): Promise<Rendered> {
  return await inFolder(async (folder) => {
    const directory = join(folder, 'repository');
    const target = join(folder, 'app.tar');
    await writeFolder(directory, example.files);
    if (example.image !== undefined) await writeFile(target, await buildExampleImage(example.image));
    const report = await run(requestFor(directory, { images: [imageAt(target)] }), hostOn());
    return {
      rules: new Set(report.findings.map((finding) => finding.ruleId)),
      texts: new Map(reportFormats.map((format) => [format, renderFile(report, format, hostOn())])),
    };
  });
}

/** Where a part of a value stands in an output, as `format: line`. */
function leaksOf({ texts }: Rendered, secrets: readonly string[]): readonly string[] {
  const parts = secrets.flatMap(partsOf);
  return [...texts].flatMap(([format, text]) => {
    const lines = text.split('\n').filter((line) => parts.some((part) => line.includes(part)));
    return lines.map((line) => `${format}: ${line.slice(0, 500)}`);
  });
}

const expectedRules = ['leaked-dotenv', 'secret-in-image-config', 'secret-in-provenance', 'unpinned-base-image'];

async function expectNoLeak({ example, secrets }: Planted): Promise<void> {
  const rendered = await render(example);
  // What was not found was not rendered, and would prove nothing.
  expect(expectedRules.filter((rule) => !rendered.rules.has(rule))).toEqual([]);
  expect(leaksOf(rendered, secrets)).toEqual([]);
}

describe('no part of a planted secret is in any output', () => {
  it.each(commands.map((write, index) => [write('SECRET', ''), index] as const))('%s', async (_, command) => {
    for (const length of [0, 60, 330]) {
      await expectNoLeak(plant({ secrets: fixedSecrets, key: fixedKey, padding: length, command, step: command }));
    }
  });

  it('whatever the values and however long the lines', async () => {
    await fc.assert(
      fc.asyncProperty(planted, async (choice) => expectNoLeak(plant(choice))),
      { numRuns: 40 },
    );
  });
});
