import { readdirSync, readFileSync } from 'node:fs';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { buildDockerSave, type ImageContent } from '../src/demo/docker-save.ts';
import { demoDotenv, type Files, fixedImage, leakyImage } from '../src/demo/stack.ts';
import type { Report } from '../src/domain/report.ts';
import { isAtLeast } from '../src/domain/severity.ts';
import { run } from '../src/run.ts';
import { hostOn, imageAt, inFolder, requestFor, whereOf } from './helpers/check-example.ts';

const repositories = fileURLToPath(new URL('../fixtures/repos', import.meta.url));
const scenarios = readdirSync(repositories).sort();

/** What the demo builds from a stack; the others are judged by their files alone. */
const images: Readonly<Record<string, (files: Files) => ImageContent>> = {
  'self-hosted-chat': leakyImage,
  'self-hosted-chat-fixed': fixedImage,
};

function pathsIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

/**
 * What the comments of a scenario ask for, as `rule path:line`. `# expect: rule-id [rule-id...]` is about the line below
 * it, or about its own where something stands before it; `rule-id@path:line` is about a file that holds no comments.
 */
function expectationsIn(folder: string): readonly string[] {
  return pathsIn(folder).flatMap((path) => {
    const lines = readFileSync(join(folder, path), 'latin1').split('\n');
    return lines.flatMap((text, index) => {
      const [before = '', marks] = text.split('# expect: ');
      const line = index + (before.trim() === '' ? 2 : 1);
      return (marks ?? '').split(/\s+/).flatMap((mark) => {
        const [rule = '', place = `${path}:${line}`] = mark.split('@');
        return rule === '' ? [] : [`${rule} ${place}`];
      });
    });
  });
}

async function judge(scenario: string): Promise<Report> {
  return await inFolder(async (folder) => {
    const directory = join(folder, scenario);
    await cp(join(repositories, scenario), directory, { recursive: true });
    const build = images[scenario];
    if (build === undefined) return await run(requestFor(directory), hostOn());
    await writeFile(join(directory, '.env'), demoDotenv());
    const contents = pathsIn(directory).map(async (path) => [path, await readFile(join(directory, path))] as const);
    const target = join(folder, 'app.tar');
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, await buildDockerSave(build(Object.fromEntries(await Promise.all(contents)))));
    return await run(requestFor(directory, { images: [imageAt(target)] }), hostOn('2026-12-01'));
  });
}

describe.each(scenarios)('%s', (scenario) => {
  it('gives what its comments expect, and nothing else', async () => {
    const { findings, gaps } = await judge(scenario);
    const counted = findings.filter((finding) => isAtLeast(finding.severity, 'low'));
    const found = counted.map((finding) => `${finding.ruleId} ${whereOf(finding)}`);
    expect(found.sort()).toEqual([...expectationsIn(join(repositories, scenario))].sort());
    expect(gaps).toEqual([]);
  });
});

it.each(['careful-rag', 'self-hosted-chat-fixed'])('%s has nothing above low, and passes', async (scenario) => {
  const { findings, verdict } = await judge(scenario);
  expect(findings.filter((finding) => isAtLeast(finding.severity, 'medium'))).toEqual([]);
  expect(verdict).toBe('pass');
});

it('the leaky stack fails on each of its mistakes with the severity it is known for', async () => {
  const { findings, verdict } = await judge('self-hosted-chat');
  expect(verdict).toBe('fail');
  const severities = findings.map((finding) => `${finding.ruleId} ${finding.severity} ${finding.disposition}`);
  expect([...new Set(severities)].sort()).toEqual([
    'floating-base-tag medium advisory',
    'leaked-dotenv critical blocking',
    'model-digest-mismatch critical blocking',
    'root-final-user medium advisory',
    'secret-in-image-config medium advisory',
    'unfrozen-install high blocking',
    'unfrozen-install medium advisory',
    'unlisted-model high blocking',
    'unpinned-base-image high blocking',
  ]);
});
