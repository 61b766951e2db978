import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Scanner } from '../../src/sources/scanner/run-scanner.ts';
import { execute } from './program.ts';

/** The day that recorded reports state as theirs and as their database's: the day they were first made. */
export const recordedOn = '2026-11-22T00:00:00Z';

/** Where the reports of a demo stack lie, as they are published. */
export function recordedPath(stack: string, scanner: string): string {
  return fileURLToPath(new URL(`../../fixtures/recorded/${stack}/${scanner}.json`, import.meta.url));
}

/** What a report is cut down to: `true` keeps a value whole; a shape of a list is that of its items. */
interface Shape {
  readonly [key: string]: true | Shape;
}

const advisory = {
  id: true,
  severity: true,
  cvss: { version: true, vector: true, metrics: { baseScore: true } },
  knownExploited: { cve: true },
  fix: true,
  risk: true,
} as const satisfies Shape;

const shapes: Readonly<Record<Scanner['name'], Shape>> = {
  trivy: {
    SchemaVersion: true,
    Trivy: true,
    CreatedAt: true,
    ArtifactName: true,
    ArtifactType: true,
    Metadata: { OS: true, ImageID: true, DiffIDs: true },
    Results: {
      Target: true,
      Class: true,
      Type: true,
      Packages: { ID: true, SrcName: true, SrcVersion: true, SrcRelease: true, SrcEpoch: true },
      Vulnerabilities: {
        VulnerabilityID: true,
        VendorIDs: true,
        PkgID: true,
        PkgName: true,
        PkgPath: true,
        PkgIdentifier: { PURL: true },
        InstalledVersion: true,
        FixedVersion: true,
        Status: true,
        Layer: { DiffID: true },
        Severity: true,
        CVSS: true,
      },
    },
  },
  grype: {
    matches: {
      vulnerability: advisory,
      relatedVulnerabilities: advisory,
      artifact: {
        name: true,
        version: true,
        type: true,
        locations: { path: true, layerID: true },
        purl: true,
        upstreams: true,
      },
    },
    source: { type: true, target: { userInput: true, imageID: true, layers: { digest: true } } },
    distro: { name: true, version: true },
    descriptor: { name: true, version: true, db: { status: { schemaVersion: true, built: true } }, timestamp: true },
  },
};

function cut(value: unknown, shape: true | Shape): unknown {
  if (shape === true || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => cut(item, shape));
  const kept = Object.entries(value).flatMap(([key, inner]) => {
    const wanted = shape[key];
    return wanted === undefined ? [] : [[key, cut(inner, wanted)] as const];
  });
  return Object.fromEntries(kept);
}

/** The report with what is read of it and shows what it is about; times and file names of the machine are replaced. */
function slimReport(scanner: Scanner['name'], text: string): string {
  const dates = new Set(['CreatedAt', 'timestamp', 'built']);
  const names = new Set(['ArtifactName', 'userInput']);
  const replaced = (key: string, value: unknown) => {
    if (dates.has(key)) return recordedOn;
    if (names.has(key)) return 'app.tar';
    return key === 'Target' && typeof value === 'string' ? value.replace(/^.*(?=app\.tar)/, '') : value;
  };
  return `${JSON.stringify(cut(JSON.parse(text), shapes[scanner]), replaced, 1)}\n`;
}

/** Lets the real scanner examine an archive with a database, and gives its slimmed report. */
export async function recordReport(
  scanner: Scanner,
  program: string,
  place: { readonly folder: string; readonly archive: string; readonly database: string },
): Promise<string> {
  const { folder, archive, database } = place;
  const at = (name: string) => join(folder, name);
  const files = {
    ...{ work: at('work'), home: at('home'), temporary: at('tmp') },
    ...{ config: at('config.yaml'), ignore: at('ignore'), report: at('report.json') },
    sbom: at('sbom.json'),
  };
  for (const path of [files.work, files.home, files.temporary]) await mkdir(path);
  for (const path of [files.config, files.ignore]) await writeFile(path, '');
  const call = {
    input: { form: 'docker-archive', path: archive, manifestDigest: null },
    label: 'app.tar',
    folder: files,
    database,
    offline: true,
    timeoutMinutes: 5,
    wantsSbom: false,
  } as const;
  const environment = { HOME: files.home, TMPDIR: files.temporary, ...scanner.environment(call) };
  const result = await execute(program, scanner.arguments(call), { directory: files.work, environment });
  if (result.exitCode !== 0) throw new Error(`${scanner.name} ended with ${result.exitCode}: ${result.stderr}`);
  return slimReport(scanner.name, await readFile(files.report, 'utf8'));
}
