import { cp, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  advisoryFindings,
  blockingFindings,
  type DemoStacks,
  placesOf,
  secretsOf,
  unpackDemo,
} from '../helpers/demo-stack.ts';
import { createRepository, type GitRepository } from '../helpers/git-repository.ts';
import { parseReport, readReport } from '../helpers/json-report.ts';
import { node24, ownNode } from '../helpers/node24.ts';
import { need, pathOf } from '../helpers/parts.ts';
import { copyPackage, type ShippedPackage } from '../helpers/program.ts';
import { type Page, runStep, type Step } from '../helpers/runner.ts';
import type { AnnotationLevel } from '../helpers/runner-log.ts';
import { checkSarif } from '../helpers/sarif-check.ts';

let shipped: ShippedPackage;
let stacks: DemoStacks;
let place: string;
let pages: Page[] = [];

beforeAll(async () => {
  shipped = await copyPackage();
  stacks = await unpackDemo(shipped);
  place = await mkdtemp(join(tmpdir(), 'hullcheck-action-'));
});
afterAll(async () => {
  for (const page of pages) await page.close();
  pages = [];
  await stacks?.remove();
  await shipped?.remove();
  await rm(place, { recursive: true, force: true });
});

const image = { images: 'app.tar', scanners: 'none' };

/** A repository of a stack, the image beside it as a build step leaves it. */
async function repositoryOf(stack: string, name: string): Promise<GitRepository> {
  const folder = await mkdtemp(join(place, `${name}-`));
  await cp(stack, folder, { recursive: true });
  return await createRepository(folder);
}

function pullRequest(base: string): NonNullable<Step['event']> {
  return {
    name: 'pull_request',
    payload: { action: 'opened', number: 1, pull_request: { number: 1, base: { sha: base } } },
  };
}

/** `rule path:line` of the annotations of a level, sorted. */
function placesIn(page: Page, level: AnnotationLevel): readonly string[] {
  return page.annotations
    .filter((annotation) => annotation.level === level)
    .map(({ title, file, line }) => `${title?.split(' ')[0]} ${file}:${line}`)
    .sort();
}

const everything = (page: Page) => [...page.log, page.summary ?? '', ...Object.values(page.outputs)].join('\n');

describe.each([node24, ownNode])('the action on $name', (node) => {
  const run = async (workspace: string, more: Partial<Step> = {}) => {
    const page = await runStep({ node: pathOf(node), action: shipped.folder, workspace, ...more });
    pages.push(page);
    return page;
  };

  it('annotates each mistake on its line, and gives outputs and a summary', async (context) => {
    need(context, [node]);
    const page = await run(stacks.leaky, { inputs: image });
    expect(page.exitCode).toBe(1);
    expect(placesIn(page, 'error')).toEqual(await placesOf(stacks.leaky, blockingFindings));
    expect(placesIn(page, 'warning')).toEqual(await placesOf(stacks.leaky, advisoryFindings));
    expect(page.dropped).toEqual({ error: 0, warning: 0, notice: 0 });
    expect(page.outputs).toMatchObject({
      verdict: 'fail',
      findings: String(blockingFindings.length + advisoryFindings.length),
      blocking: String(blockingFindings.length),
      gaps: '0',
    });
    for (const [ruleId, path] of [...blockingFindings, ...advisoryFindings]) {
      expect(page.summary).toContain(ruleId);
      expect(page.summary).toContain(path);
    }
  });

  it('writes reports that later steps can read, without a secret', async (context) => {
    need(context, [node]);
    const page = await run(stacks.leaky, { inputs: image });
    const read = (name: string) => readFile(page.outputs[name] ?? '', 'utf8');
    const [report, sarif, html] = [await read('report'), await read('sarif'), await read('html')];
    expect(parseReport(report).counts['findings']).toBe(blockingFindings.length + advisoryFindings.length);
    expect(checkSarif(sarif)).toEqual([]);
    expect(html).toContain('leaked-dotenv');
    for (const secret of await secretsOf(stacks.leaky)) {
      for (const text of [report, sarif, html, everything(page)]) expect(text).not.toContain(secret);
    }
    for (const name of ['report', 'sarif', 'html']) expect(page.outputs[name]).toContain(page.temporaryFolder);
  });

  it('passes the repaired stack and exports nothing', async (context) => {
    need(context, [node]);
    const page = await run(stacks.fixed, {
      inputs: image,
      event: { name: 'push', payload: { ref: 'refs/heads/main' } },
    });
    expect(page).toMatchObject({ exitCode: 0, annotations: [], exported: {}, addedPaths: [] });
    expect(page.outputs).toMatchObject({ verdict: 'pass', findings: '0', blocking: '0', gaps: '0' });
    expect(page.log.at(-1)).toMatch(/^hullcheck: pass: /);
  });

  it('judges a pull request by its base: what is new, and what weakens the policy', async (context) => {
    need(context, [node]);
    const repository = await repositoryOf(stacks.leaky, 'delta');
    await repository.put({ '.hullcheck.yml': 'failOn: high\n', '.gitignore': '.env\napp.tar\n' });
    const base = await repository.commit('base');
    await repository.put({
      '.hullcheck.yml': 'failOn: high\nrules:\n  unpinned-base-image: off\n',
      'worker/Dockerfile': 'FROM golang:latest\nUSER 1001\n',
    });
    await repository.commit('head');
    const page = await run(repository.folder, { event: pullRequest(base) });
    expect(placesIn(page, 'error')).toEqual([
      'unpinned-base-image worker/Dockerfile:1',
      'weakened-policy .hullcheck.yml:3',
    ]);
    // Secrets stay in scope, whoever brought them.
    expect(placesIn(page, 'warning')).toEqual([
      'dotenv-in-build-context Dockerfile:8',
      'secret-in-build-arg Dockerfile:5',
    ]);
    expect(page.annotations).toHaveLength(4);
    const report = await readReport(page.outputs['report'] ?? '');
    expect(report.counts).toMatchObject({ blocking: 2, advisory: 2 });
    expect(report.counts['outsideChanges']).toBeGreaterThan(8);
    expect(page.exitCode).toBe(1);
    expect(await repository.changes()).toBe('');
  });

  it('keeps secrets in scope whatever the base has', async (context) => {
    need(context, [node]);
    const repository = await repositoryOf(stacks.leaky, 'secrets');
    await repository.put({ '.gitignore': '.env\napp.tar\n' });
    const base = await repository.commit('base');
    const page = await run(repository.folder, { event: pullRequest(base), inputs: image });
    expect(placesIn(page, 'error')).toEqual(['leaked-dotenv Dockerfile:8']);
  });

  it('says what a shallow clone hides, and does not pass', async (context) => {
    need(context, [node]);
    const repository = await repositoryOf(stacks.fixed, 'shallow');
    const base = await repository.commit('base');
    await repository.put({ 'NOTES.md': 'more\n' });
    await repository.commit('head');
    const clone = `${repository.folder}-clone`;
    await repository.cloneShallow(clone);
    const page = await run(clone, { event: pullRequest(base) });
    expect(page.exitCode).toBe(3);
    expect(page.outputs).toMatchObject({ verdict: 'incomplete', gaps: '1', findings: '0' });
    expect(page.annotations).toHaveLength(1);
    expect(page.annotations[0]).toMatchObject({ level: 'error', title: 'not examined' });
    expect(page.annotations[0]?.message).toContain('fetch-depth: 0');
  });

  it('names files from the root of the repository when it checks a folder of it', async (context) => {
    need(context, [node]);
    const repository = await createRepository(await mkdtemp(join(place, 'monorepo-')));
    await repository.put({ 'services/chat/Dockerfile': 'FROM node:latest\nUSER 1001\n' });
    const page = await run(repository.folder, { inputs: { directory: 'services/chat' } });
    expect(placesIn(page, 'error')).toEqual(['unpinned-base-image services/chat/Dockerfile:1']);
    expect(await readFile(page.outputs['sarif'] ?? '', 'utf8')).toContain('"services/chat/Dockerfile"');
    const { findings } = await readReport(page.outputs['report'] ?? '');
    expect(findings.map((finding) => finding.at.path)).toEqual(['Dockerfile']);
  });

  it('says in one annotation what was named wrongly', async (context) => {
    need(context, [node]);
    const page = await run(stacks.fixed, { inputs: { images: 'nowhere.tar' } });
    expect(page.exitCode).toBe(2);
    expect(page.annotations).toHaveLength(1);
    expect(page.annotations[0]?.message).toMatch(/^hullcheck: the image nowhere\.tar does not exist \(hint: .+\)$/);
    expect(page.outputs).toEqual({});
    expect(page.summary).toBeNull();
  });

  it('stays within the ten annotations of a level and says how many more there are', async (context) => {
    need(context, [node]);
    const repository = await createRepository(await mkdtemp(join(place, 'many-')));
    const paths = Array.from({ length: 30 }, (_, index) => `service-${index}/Dockerfile`);
    await repository.put(Object.fromEntries(paths.map((path) => [path, 'FROM node:latest\nUSER 1001\n'])));
    const page = await run(repository.folder);
    expect(page.dropped).toEqual({ error: 0, warning: 0, notice: 0 });
    expect(page.annotations).toHaveLength(10);
    expect(page.annotations.at(-1)?.message).toMatch(/^and 21 more blocking findings/);
    expect(page.summary).toContain('Blocking: 30 findings');
    const { findings } = await readReport(page.outputs['report'] ?? '');
    expect(findings.map((finding) => finding.at.path).sort()).toEqual(paths.sort());
  });

  it('cannot be made to say something by a name or a text in the repository', async (context) => {
    need(context, [node]);
    const repository = await createRepository(await mkdtemp(join(place, 'hostile-')));
    const token = 'forged-token-1';
    const names = [`\n::stop-commands::${token}\n`, '\r::error::forged', '##[error]forged', '\u200b::error::forged'];
    await repository.put(
      Object.fromEntries(names.map((name, index) => [`${index}/Dockerfile.${name}`, `FROM a${index}:latest\n`])),
    );
    await repository.put({ Dockerfile: 'FROM "x%0A::error::forged:latest"\nRUN npm install ::error::forged\n' });
    await symlink('nowhere', join(repository.folder, 'compose.yaml'));
    const page = await run(repository.folder);
    expect(page.annotations.filter(({ message, title }) => message.startsWith('forged') || title === null)).toEqual([]);
    expect(page.log.at(-1)).toMatch(/^hullcheck: /);
    expect(page.annotations.length).toBeGreaterThanOrEqual(names.length);
    expect(page.exitCode).toBe(1);
  });

  it('keeps the reports of two steps of a job apart', async (context) => {
    need(context, [node]);
    const shared = await mkdtemp(join(place, 'temp-'));
    const environment = { RUNNER_TEMP: shared };
    const first = await run(stacks.leaky, { environment });
    const second = await run(stacks.fixed, { environment });
    expect((await readReport(first.outputs['report'] ?? '')).verdict).toBe('fail');
    expect((await readReport(second.outputs['report'] ?? '')).verdict).toBe('pass');
  });
});
