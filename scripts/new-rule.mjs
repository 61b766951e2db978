import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { exportName } from './rule-files.mjs';

const root = new URL('..', import.meta.url);

/** A rule that works, about a small defect: to be edited into another one. */
function ruleText(id) {
  return `import { fileLocation } from '../domain/location.ts';
import { defineRule } from '../domain/rule.ts';

export const ${exportName(id)} = defineRule({
  id: '${id}',
  summary: 'A Dockerfile names its maintainer in a deprecated way',
  severity: 'low',
  confidence: 'high',
  consumes: ['dockerfile'],
  docs: {
    why: 'Say what can happen because of it, to whom, and when: one short paragraph. \`MAINTAINER\` is deprecated, and no tool shows its value.',
    fix: 'Say what to write instead, with the text to paste: \`LABEL org.opencontainers.image.authors="me@example.com"\`.',
  },
  examples: [
    {
      title: 'A maintainer',
      files: { Dockerfile: 'FROM node:22.12.0-alpine3.21\\nMAINTAINER me@example.com\\nUSER 1000\\n' },
      flags: [{ where: 'Dockerfile:2', severity: 'low' }],
    },
    {
      title: 'A label instead',
      files: {
        Dockerfile:
          'FROM node:22.12.0-alpine3.21\\nLABEL org.opencontainers.image.authors="me@example.com"\\nUSER 1000\\n',
      },
      flags: [],
    },
  ],
  *check(view) {
    for (const { path, instructions } of view.of('dockerfile')) {
      for (const { keyword, span } of instructions) {
        if (keyword !== 'MAINTAINER') continue;
        yield {
          at: fileLocation(path, span),
          message: 'MAINTAINER is deprecated',
          identity: [],
          fix: { description: 'use the label org.opencontainers.image.authors', edits: [] },
        };
      }
    }
  },
});
`;
}

/** Its table; the examples are run by test/rules/examples.test.ts. */
function testText(id) {
  return `import { expect, it } from 'vitest';
import { checkExample, whereOf } from '../helpers/check-example.ts';

/** Where the rule flags a repository of one Dockerfile. */
async function placesIn(dockerfile: string): Promise<readonly string[]> {
  const { findings } = await checkExample({ title: '', files: { Dockerfile: dockerfile }, flags: [] });
  return findings.filter((finding) => finding.ruleId === '${id}').map(whereOf);
}

it.each([
  ['once', 'FROM scratch\\nMAINTAINER a\\n', ['Dockerfile:2']],
  ['in two stages', 'FROM scratch AS a\\nMAINTAINER a\\nFROM scratch\\nMAINTAINER b\\n', ['Dockerfile:2', 'Dockerfile:4']],
])('flags %s', async (_, dockerfile, places) => {
  expect(await placesIn(dockerfile)).toEqual(places);
});

it.each([
  ['a comment', 'FROM scratch\\n# MAINTAINER a\\n'],
  ['a label', 'FROM scratch\\nLABEL maintainer=a\\n'],
])('passes %s', async (_, dockerfile) => {
  expect(await placesIn(dockerfile)).toEqual([]);
});
`;
}

function refuse(reason) {
  console.error(`new-rule: ${reason}`);
  process.exit(2);
}

const [id, ...more] = process.argv.slice(2);
if (id === undefined || more.length > 0) refuse('give one id, e.g. npm run new-rule unpinned-base-image');
if (!/^[a-z]+(?:-[a-z]+)+$/.test(id) || id.length > 60)
  refuse(
    `${JSON.stringify(id)} is no rule id: two or more lower-case words with - between them, the name of the defect`,
  );
const files = new Map([
  [`src/rules/${id}.ts`, ruleText(id)],
  [`test/rules/${id}.test.ts`, testText(id)],
]);
const taken = [...files.keys()].find((path) => existsSync(new URL(path, root)));
if (taken !== undefined) refuse(`${taken} is already there`);
for (const [path, text] of files) writeFileSync(new URL(path, root), text, { flag: 'wx' });
execFileSync(process.execPath, ['scripts/generate.mjs'], { cwd: fileURLToPath(root), stdio: 'inherit' });
console.log(`${[...files.keys(), `docs/rules/${id}.md`].join('\n')}
Edit the first two, then: npx vitest run test/rules, npm run generate, npm run build`);
