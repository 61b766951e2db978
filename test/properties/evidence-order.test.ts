import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildDockerSave } from '../../src/demo/docker-save.ts';
import type { Evidence } from '../../src/domain/evidence.ts';
import { exampleKey } from '../../src/domain/example-key.ts';
import { type AnyRule, defineRule } from '../../src/domain/rule.ts';
import { gather } from '../../src/gather.ts';
import { judge } from '../../src/judge.ts';
import { decide } from '../../src/policy/decide.ts';
import { defaultPolicy } from '../../src/policy/schema.ts';
import { rules } from '../../src/rules/registry.ts';
import { createRedactor } from '../../src/sources/secret/redactor.ts';
import { openWorkingTree } from '../../src/sources/workspace/working-tree.ts';
import { trace } from '../../src/trace/trace.ts';
import { hostOn, imageAt, inFolder, requestFor } from '../helpers/check-example.ts';
import { writeFolder } from '../helpers/image-forms.ts';

const files = {
  Dockerfile:
    'FROM node:latest\nARG NPM_TOKEN\nENV A_KEY=q8Zr-real B_KEY=q8Zr-real\nRUN npm install\nCOPY . /app\nRUN rm /app/.env\n',
  'worker/Dockerfile': 'FROM python\nRUN pip install -r requirements.txt\nRUN pip install httpx\n',
  'worker/requirements.txt': 'httpx\n',
  'package.json': '{ "dependencies": { "express": "4.21.2" } }\n',
  'package-lock.json': '{ "lockfileVersion": 3, "packages": {} }\n',
  'web/package.json': '{ "dependencies": { "vite": "6" } }\n',
  'web/Dockerfile': 'FROM node:lts\nCOPY package.json ./\nRUN npm install && npm ci\n',
  'compose.yaml': 'services:\n  a:\n    image: redis\n  b:\n    image: redis\n  c:\n    image: postgres:bookworm\n',
  '.github/workflows/ci.yml':
    'on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    container: node:lts\n    steps:\n      - run: npm install\n      - run: npm install\n',
  'models/a.gguf': 'GGUF\u0003\0\0\0',
  'models/b.gguf': 'GGUF\u0003\0\0\0',
};

function vulnerabilities(ids: readonly string[]): unknown {
  const package_ = { PkgName: 'openssl', InstalledVersion: '3', PkgIdentifier: { PURL: 'pkg:deb/debian/openssl@3' } };
  const found = ids.map((id) => ({ ...package_, VulnerabilityID: id, Severity: 'HIGH', FixedVersion: '4' }));
  return {
    SchemaVersion: 2,
    ArtifactName: 'app.tar',
    Results: [{ Packages: [{ Name: 'openssl' }], Vulnerabilities: found }],
  };
}

/** Evidence of every kind that a repository with an image gives. */
async function gatherAll(): Promise<readonly Evidence[]> {
  return await inFolder(async (folder) => {
    const directory = join(folder, 'repository');
    await writeFolder(directory, files);
    const image = await buildDockerSave({
      tag: 'app:1',
      environment: ['A_KEY=q8Zr-real', 'B_KEY=q8Zr-real'],
      steps: [
        { createdBy: 'ADD rootfs.tar / # buildkit', files: { 'etc/key.pem': exampleKey(), 'app/.env': 'A=real-1\n' } },
        { createdBy: 'ENV A_KEY=q8Zr-real B_KEY=q8Zr-real' },
        {
          createdBy: 'RUN |1 NPM_TOKEN=real-2-value /bin/sh -c npm install # buildkit',
          files: { 'x/key.pem': exampleKey() },
        },
        { createdBy: 'COPY . /app # buildkit', files: { 'app/.env': 'A=real-3\n', 'app/prod.env': 'A=real-4\n' } },
        { createdBy: 'RUN /bin/sh -c rm /app/.env # buildkit', deletes: ['app/.env'] },
      ],
    });
    const places = ['app.tar', 'other.tar'].map((name) => imageAt(join(folder, name), name));
    for (const { target } of places) await writeFile(target, image);
    const report = join(folder, 'trivy.json');
    await writeFile(report, JSON.stringify(vulnerabilities(['CVE-2026-1', 'CVE-2026-2'])));
    const trivyReports = places.map(({ text }) => ({ path: report, image: text }));
    const { tree } = await openWorkingTree(hostOn(), directory);
    const request = requestFor(directory, { images: places, trivyReports });
    const { evidence, gaps } = await gather(request, tree, rules, hostOn(), createRedactor());
    expect(gaps).toEqual([]);
    return evidence;
  });
}

const emptyCoverage = {
  files: 0,
  images: 0,
  layers: 0,
  layerEntries: 0,
  bytes: 0,
  models: 0,
  scanners: [],
  pairings: [],
  chosenOff: [],
};

function reportOf(evidence: readonly Evidence[], used: readonly AnyRule[] = rules) {
  const { causes } = trace(evidence, []);
  const { findings, gaps } = judge(evidence, causes, used, defaultPolicy);
  return decide({
    findings,
    gaps,
    policy: defaultPolicy,
    rules: used,
    base: null,
    baseReport: null,
    baseline: new Map(),
    today: '2026-01-15',
    coverage: emptyCoverage,
    failOn: null,
    gate: {},
    version: '0',
    subject: '.',
    notes: [],
    timings: [],
    sboms: [],
  });
}

describe('the report', () => {
  it('does not depend on the order in which the sources spoke', async () => {
    const evidence = await gatherAll();
    const expected = reportOf(evidence);
    const found = new Set(expected.findings.map((finding) => finding.ruleId));
    expect(found.size).toBeGreaterThanOrEqual(9);
    const shuffled = fc.shuffledSubarray([...evidence], { minLength: evidence.length });
    fc.assert(
      fc.property(shuffled, (order) => {
        expect(reportOf(order)).toEqual(expected);
      }),
      { numRuns: 100 },
    );
  });

  it('changes nothing in the evidence', async () => {
    const evidence = await gatherAll();
    const before = JSON.stringify(evidence);
    for (const item of evidence) Object.freeze(item);
    reportOf(Object.isFrozen(evidence) ? evidence : Object.freeze([...evidence]));
    expect(JSON.stringify(evidence)).toBe(before);
  });
});

describe('a rule that crashes', () => {
  const crashing = defineRule({
    id: 'crashing-rule',
    summary: 'It crashes',
    severity: 'high',
    confidence: 'high',
    consumes: ['image-reference'],
    docs: { why: '', fix: '' },
    examples: [],
    *check(view) {
      const [first] = view.of('image-reference');
      if (first !== undefined) yield { at: first.at, message: 'before the crash', identity: [] };
      throw new Error('no such thing');
    },
  });

  it('is a gap that names it, and the others go on', async () => {
    const evidence = await gatherAll();
    const without = reportOf(evidence);
    const report = reportOf(evidence, [crashing, ...rules]);
    expect(report.gaps.map((item) => [item.source, item.reason])).toEqual([
      ['rules/crashing-rule', 'the rule crashing-rule crashed: no such thing'],
    ]);
    expect(report.findings.filter((finding) => finding.ruleId !== 'crashing-rule')).toEqual(without.findings);
  });

  it('keeps a run without findings from passing', () => {
    expect(reportOf([], [crashing]).verdict).toBe('incomplete');
  });
});
