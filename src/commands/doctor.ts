import type { ScannerName } from '../domain/finding.ts';
import { neutralise } from '../domain/neutral-text.ts';
import type { Host } from '../host/host.ts';
import { nodeVersion } from '../host/node-version.ts';
import type { Request } from '../request.ts';
import { findEngineSocket } from '../sources/image/engine.ts';
import { databaseDay, databaseFolder } from '../sources/scanner/database.ts';
import { findOnPath, locateScanner, refuseWrongScannerPaths } from '../sources/scanner/locate.ts';
import { grype } from '../sources/scanner/run-grype.ts';
import { readVersion, type Scanner } from '../sources/scanner/run-scanner.ts';
import { trivy } from '../sources/scanner/run-trivy.ts';
import { wrapWords } from './word-wrap.ts';

const width = 80;
const indent = '  ';
const nameWidth = 10;
const engines = ['docker', 'podman', 'buildah', 'skopeo'] as const;
const dayMilliseconds = 86_400_000;
/** Grype refuses older ones; Trivy's is renewed every six hours. */
const freshDays = 5;

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

function ageText(days: number): string {
  if (days <= 0) return 'of today';
  return days === 1 ? '1 day old' : `${days} days old`;
}

/** The scanner's database: its age where it tells, and whether a check would go without. */
async function databaseState(name: ScannerName, host: Host, request: Request): Promise<State> {
  const day = await databaseDay(name, host);
  const folder = neutralise((await databaseFolder(name, host)) ?? 'no home folder', 1024);
  if (day === null) {
    const plan = request.offline ? 'and none is downloaded offline' : 'it is downloaded by the first check';
    const gaps = request.offline ? [{ name, text: `no vulnerability database in ${folder}` }] : [];
    return { facts: [{ name: '', text: `no database in ${folder}; ${plan}` }], gaps };
  }
  if (day === 'unknown') return { facts: [{ name: '', text: `database of unknown age in ${folder}` }], gaps: [] };
  const days = Math.floor((Date.parse(host.clock.today()) - Date.parse(day)) / dayMilliseconds);
  const isStale = request.offline && days > freshDays;
  return {
    facts: [{ name: '', text: `database built ${day}, ${ageText(days)}, in ${folder}` }],
    gaps: isStale ? [{ name, text: `the database is ${days} days old and is not updated offline` }] : [],
  };
}

async function scannerState(scanner: Scanner, host: Host, request: Request): Promise<State> {
  const { name } = scanner;
  if (!request.scanners.includes(name)) return { facts: [{ name, text: 'not selected' }], gaps: [] };
  const location = await locateScanner(name, request, host);
  if (location.path === null) {
    return { facts: [{ name, text: location.reason }], gaps: [{ name, text: `${location.reason}; ${location.hint}` }] };
  }
  const program = location.path;
  const version = await readVersion(scanner, { request, host, program, database: await databaseFolder(name, host) });
  const shown = neutralise(program, 1024);
  if (typeof version !== 'string') {
    const text = `${version.reason}; ${version.hint}`;
    return { facts: [{ name, text: `${shown} cannot be used` }], gaps: [{ name, text }] };
  }
  const database = await databaseState(name, host, request);
  return { facts: [{ name, text: `${version} ${shown}` }, ...database.facts], gaps: database.gaps };
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
