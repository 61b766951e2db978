import type { ScannerName } from '../domain/finding.ts';
import { neutralise } from '../domain/neutral-text.ts';
import type { Host } from '../host/host.ts';
import { nodeVersion } from '../host/node-version.ts';
import type { Request } from '../request.ts';
import { findEngineSocket } from '../sources/image/engine.ts';
import { archiveUrl } from '../sources/scanner/acquire.ts';
import { ageText, databaseFolder, daysSince, isAgeKnown, readDatabase } from '../sources/scanner/database.ts';
import { mirrorsOf, showMirror } from '../sources/scanner/database-update.ts';
import { givenDatabase, refuseWrongDatabases } from '../sources/scanner/given-database.ts';
import { findOnPath, locateScanner, refuseWrongScannerPaths, type ScannerPlan } from '../sources/scanner/locate.ts';
import { lockTable } from '../sources/scanner/lock-table.ts';
import { grype } from '../sources/scanner/run-grype.ts';
import { readVersion, type Scanner } from '../sources/scanner/run-scanner.ts';
import { trivy } from '../sources/scanner/run-trivy.ts';
import { wrapWords } from './word-wrap.ts';

const width = 80;
const indent = '  ';
const nameWidth = 10;
const engines = ['docker', 'podman', 'buildah', 'skopeo'] as const;
type Installed = Extract<ScannerPlan, { kind: 'installed' }>;

/** One line of the answer: a name, and what is known about it. */
interface Fact {
  readonly name: string;
  readonly text: string;
}

interface State {
  readonly facts: readonly Fact[];
  /** What a check with an image would leave out because of it. */
  readonly gaps: readonly Fact[];
}

function renderFact({ name, text }: Fact): string {
  const margin = indent.length + nameWidth;
  return wrapWords(text, width - margin)
    .map((line, index) => (index === 0 ? indent + name.padEnd(nameWidth) : ' '.repeat(margin)) + line)
    .join('\n');
}

function renderSection(title: string, facts: readonly Fact[]): string {
  return [title, ...facts.map(renderFact)].join('\n');
}

/** The scanner's database: its age where it tells, and whether a check would go without. */
async function databaseState(name: ScannerName, host: Host, request: Request): Promise<State> {
  const given = givenDatabase(name, request);
  if (given !== null) return { facts: [{ name: '', text: `database given: ${neutralise(given, 1024)}` }], gaps: [] };
  const folder = await databaseFolder(name, host);
  const found = folder === null ? null : await readDatabase(name, folder, host);
  const where = neutralise(folder ?? 'no home folder', 1024);
  const mirrors = mirrorsOf(name, request).map(showMirror);
  const plan = request.offline ? 'not updated offline' : `updated by a check from ${mirrors.join(', else ')}`;
  if (found === null) {
    const gaps = request.offline ? [{ name, text: `no vulnerability database in ${where}` }] : [];
    return { facts: [{ name: '', text: `no database in ${where}; ${plan}` }], gaps };
  }
  if (found.built === null) {
    // Grype can be asked by a check; Trivy has said nothing in its metadata.json.
    const isLost = request.offline && name === 'trivy';
    const gaps = isLost ? [{ name, text: 'the database does not say how old it is, and is not updated offline' }] : [];
    return { facts: [{ name: '', text: `database of unknown age in ${where}; ${plan}` }], gaps };
  }
  const days = daysSince(found.built, host);
  const isStale = request.offline && (days > request.scannerSupply.databaseMaxDays || !isAgeKnown(days));
  return {
    facts: [{ name: '', text: `database built ${found.built}, ${ageText(days)}, in ${where}; ${plan}` }],
    gaps: isStale
      ? [{ name, text: `the database is of ${found.built}, ${ageText(days)}, and is not updated offline` }]
      : [],
  };
}

/** A program that is here: its version, and whether its release is locked. */
async function installedState(scanner: Scanner, plan: Installed, host: Host, request: Request): Promise<State> {
  const { name } = scanner;
  const version = await readVersion(scanner, { request, host, program: plan.path, database: null });
  const shown = neutralise(plan.path, 1024);
  if (typeof version !== 'string') {
    const text = `${version.reason}; ${version.hint}`;
    return { facts: [{ name, text: `${shown} cannot be used` }], gaps: [{ name, text }] };
  }
  const lock = plan.isLocked ? 'locked' : 'not a release that is locked here';
  return { facts: [{ name, text: `${version} ${shown} (${lock}, sha256:${plan.sha256.slice(0, 12)})` }], gaps: [] };
}

/** Where a check would take the program from; nothing is downloaded to say it. */
async function programState(scanner: Scanner, host: Host, request: Request): Promise<State> {
  const { name } = scanner;
  const plan = await locateScanner(name, { request, host, lock: lockTable });
  switch (plan.kind) {
    case 'none':
      return { facts: [{ name, text: plan.reason }], gaps: [{ name, text: `${plan.reason}; ${plan.hint}` }] };
    case 'installed':
      return await installedState(scanner, plan, host, request);
    case 'cached':
      return {
        facts: [{ name, text: `${plan.entry.version} in the tool cache, ${neutralise(plan.path, 1024)}` }],
        gaps: [],
      };
    case 'download': {
      const from = archiveUrl(plan.entry, request.scannerSupply.mirror).host;
      const text = `not here; a check downloads the locked release ${plan.entry.version} from ${from}`;
      return { facts: [{ name, text }], gaps: [] };
    }
  }
}

async function scannerState(scanner: Scanner, host: Host, request: Request): Promise<State> {
  const { name } = scanner;
  if (!request.scanners.includes(name)) return { facts: [{ name, text: 'not selected' }], gaps: [] };
  const program = await programState(scanner, host, request);
  if (program.gaps.length > 0) return program;
  const database = await databaseState(name, host, request);
  return { facts: [...program.facts, ...database.facts], gaps: database.gaps };
}

async function foundFact(name: string, host: Host): Promise<Fact & { readonly isFound: boolean }> {
  const [path] = await findOnPath(name, host);
  return path === undefined
    ? { name, text: 'not found', isFound: false }
    : { name, text: `found ${neutralise(path, 1024)}`, isFound: true };
}

/** Where `docker-daemon:NAME` would be read from. */
async function engineState(host: Host): Promise<State> {
  const socket = await findEngineSocket(host);
  const text = socket === null ? 'none found' : `found ${neutralise(socket, 1024)}`;
  const gap = { name: 'socket', text: 'images named docker-daemon:NAME cannot be read; a docker save archive can' };
  return { facts: [{ name: 'socket', text }], gaps: socket === null ? [gap] : [] };
}

function gitGaps(isFound: boolean): readonly Fact[] {
  const text = 'without git there is no list of tracked files, and --base has nothing to read';
  return isFound ? [] : [{ name: 'git', text }];
}

/**
 * What this machine has for a check, and what would therefore be a gap in a check with an image: plain text, aligned,
 * 80 columns except where a path is longer. Engines and git are only looked for, not run or asked.
 */
export async function diagnose(host: Host, request: Request): Promise<string> {
  await refuseWrongScannerPaths(request, host);
  await refuseWrongDatabases(request, host);
  const scanners = await Promise.all([trivy, grype].map((scanner) => scannerState(scanner, host, request)));
  const programs = await Promise.all(engines.map((name) => foundFact(name, host)));
  const engine = await engineState(host);
  const git = await foundFact('git', host);
  const gaps = [...scanners.flatMap((state) => state.gaps), ...engine.gaps, ...gitGaps(git.isFound)];
  const nothing = [{ name: 'none', text: 'everything a check uses is here' }];
  const sections = [
    renderSection(
      'Scanners',
      scanners.flatMap((state) => state.facts),
    ),
    renderSection('Engines', [...programs, ...engine.facts]),
    renderSection('Programs', [git, { name: 'node', text: nodeVersion() }]),
    renderSection('What a check with an image would leave as a gap', gaps.length > 0 ? gaps : nothing),
  ];
  return `${sections.join('\n\n')}\n`;
}
