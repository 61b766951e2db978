import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, type TestContext } from 'vitest';
import { buildImage, tarOf } from '../../src/demo/docker-save.ts';
import { dockerClassicFiles, tarEntries } from '../helpers/image-forms.ts';
import { parseReport } from '../helpers/json-report.ts';
import { go, need, pathOf, trivy } from '../helpers/parts.ts';
import { copyPackage, perform, type ShippedPackage } from '../helpers/program.ts';
import { trivyRules } from '../helpers/trivy-rules.ts';
import { samples } from '../sources/secret/detector-samples.ts';

let shipped: ShippedPackage;
let place: string;

beforeAll(async () => {
  shipped = await copyPackage();
  place = await mkdtemp(join(tmpdir(), 'hullcheck-trivy-'));
});
afterAll(async () => {
  await shipped?.remove();
  await rm(place, { recursive: true, force: true });
});

interface Found {
  /** `rule path` */
  readonly trivy: ReadonlySet<string>;
  readonly ours: ReadonlySet<string>;
}

/** What Trivy and the shipped program find in an image with these files. */
async function findIn(name: string, files: Readonly<Record<string, string>>): Promise<Found> {
  const archive = join(place, `${name}.tar`);
  const image = await buildImage({ tag: `${name}:1`, user: '10001', steps: [{ createdBy: 'COPY . /', files }] });
  await writeFile(archive, await tarOf(tarEntries(dockerClassicFiles(image))));
  const words = ['image', '--quiet', '--scanners', 'secret', '--format', 'json', '--input', archive];
  const report = JSON.parse(await perform(pathOf(trivy), [...words, '--cache-dir', join(place, 'cache')]));
  const results: readonly { readonly Target: string; readonly Secrets?: readonly { readonly RuleID: string }[] }[] =
    report.Results ?? [];
  const told = results.flatMap(({ Target, Secrets = [] }) =>
    Secrets.map(({ RuleID }) => `${RuleID} ${Target.replace(/^\//, '')}`),
  );
  const checked = ['check', place, '--image', archive, '--scanner', 'none', '--format', 'json', '--all'];
  const { stdout } = await shipped.hullcheck(checked, { directory: place });
  const { findings, gaps } = parseReport(stdout);
  expect(gaps).toEqual([]);
  const places = findings.flatMap(({ at, related }) => [at, ...related.map((other) => other.at)]);
  return { trivy: new Set(told), ours: new Set(places.flatMap((at) => at.path ?? [])) };
}

/** A pattern's text for each of Trivy's rules, as its source has them in the version the tests are built with. */
async function builtinRules(context: TestContext): Promise<readonly string[]> {
  need(context, [go]);
  const words = ['list', '-mod=readonly', '-m', '-f', '{{.Dir}}', 'github.com/aquasecurity/trivy'];
  const folder = await perform(pathOf(go), words, { directory: 'test/scanners/trivy' });
  const source = await readFile(join(folder.trim(), 'pkg/fanal/secret/builtin-rules.go'), 'utf8');
  const rules = source.slice(source.indexOf('var builtinRules'));
  return [...rules.matchAll(/^\t\tID:\s+"([^"]+)"/gm)].map(([, id = '']) => id);
}

it('each rule that Trivy has built in is considered', async (context) => {
  expect(Object.keys(trivyRules).sort()).toEqual([...(await builtinRules(context))].sort());
});

it('what each of its rules finds is found, unless it is no secret', async (context) => {
  need(context, [trivy]);
  const pathFor = (rule: string) => trivyRules[rule]?.path ?? `app/${rule}.txt`;
  const rules = Object.entries(trivyRules);
  const found = await findIn(
    'rules',
    Object.fromEntries(rules.map(([rule, { text }]) => [pathFor(rule), `${text}\n`])),
  );
  const unproven = rules.map(([rule]) => rule).filter((rule) => !found.trivy.has(`${rule} ${pathFor(rule)}`));
  expect(unproven, 'a value that Trivy does not find shows nothing').toEqual([]);
  const missed = rules.filter(([rule, { noise }]) => noise === null && !found.ours.has(pathFor(rule)));
  expect(missed.map(([rule]) => rule)).toEqual([]);
  const noisy = rules.filter(([rule, { noise }]) => noise !== null && found.ours.has(pathFor(rule)));
  expect(noisy.map(([rule]) => rule)).toEqual([]);
});

it('every file that Trivy tells of is told, and those of each of our detectors', async (context) => {
  need(context, [trivy]);
  const planted = Object.entries(samples).flatMap(([id, { found }]) =>
    found.map((text, index) => [`app/${id}-${index}.txt`, `${text}\n`] as const),
  );
  const found = await findIn('samples', Object.fromEntries(planted));
  expect(planted.map(([path]) => path).filter((path) => !found.ours.has(path))).toEqual([]);
  const theirs = [...found.trivy].map((entry) => entry.slice(entry.indexOf(' ') + 1));
  expect(theirs.length).toBeGreaterThan(30);
  expect(theirs.filter((path) => !found.ours.has(path))).toEqual([]);
});
