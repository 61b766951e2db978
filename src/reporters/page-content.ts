import { neutralise } from '../domain/neutral-text.ts';
import type { Report, ReportFinding } from '../domain/report.ts';
import { deltaGroups, deltaLine } from './delta.ts';
import { isInScope, sortFindings } from './folding.ts';
import { countSetAside, type Ledger } from './ledger.ts';
import { type Block, type Content, code, heading, paragraph, words } from './page.ts';
import {
  advisorySection,
  blockingSection,
  countedSection,
  type Section,
  vulnerabilitySection,
} from './page-findings.ts';
import type { ReportContext } from './reporter.ts';
import {
  describeCoverage,
  describePairings,
  describeScanner,
  openGaps,
  setAsidePhrase,
  verdictLine,
} from './verdict.ts';
import { count } from './wording.ts';

/** How much a page tells, most first: each step drops whole parts and says so, nothing is cut in the middle. */
export const details = ['full', 'no-fixes', 'no-advisory-details', 'counts-only'] as const;
type Detail = (typeof details)[number];

export interface Page {
  readonly title: string;
  readonly blocks: readonly Block[];
  readonly ledger: Ledger;
}

const omissions: Readonly<Record<Detail, string | null>> = {
  full: null,
  'no-fixes': 'Fixes are left out here, as the summary would be too long. The JSON and HTML reports have them.',
  'no-advisory-details':
    'Fixes and advisory details are left out here, as the summary would be too long. The JSON and HTML reports have them.',
  'counts-only': 'Only counts are shown here, as the summary would be too long. The JSON and HTML reports have it all.',
};

const notesListed = 100;

function findingSections(report: Report, context: ReportContext, detail: Detail): readonly Section[] {
  const inScope = sortFindings(report.findings.filter(isInScope));
  const blocking = inScope.filter(({ disposition }) => disposition === 'blocking');
  const advisory = inScope.filter(({ disposition }) => disposition === 'advisory');
  if (detail === 'counts-only') return [countedSection('Blocking', blocking), countedSection('Advisory', advisory)];
  const hasFixes = detail === 'full';
  const isVulnerability = ({ vulnerability }: ReportFinding) => vulnerability !== null;
  const isOther = (finding: ReportFinding) => !isVulnerability(finding);
  const flaws = blocking.filter(isVulnerability);
  const advised = hasFixes ? inScope.filter(isVulnerability) : [];
  const blockers = [
    blockingSection(blocking.filter(isOther), context, hasFixes),
    vulnerabilitySection(`Blocking: ${count(flaws.length, 'vulnerability', 'vulnerabilities')}`, flaws, advised),
  ];
  if (detail === 'no-advisory-details') return [...blockers, countedSection('Advisory', advisory)];
  const rest = advisory.filter(isVulnerability);
  return [
    ...blockers,
    advisorySection(advisory.filter(isOther), context, hasFixes),
    vulnerabilitySection(`Vulnerabilities: ${count(rest.length, 'advisory finding')}`, rest, advised),
  ];
}

function gapBlocks(report: Report, detail: Detail): readonly Block[] {
  const open = openGaps(report);
  const triaged = report.gaps.length - open.length;
  if (report.gaps.length === 0) return [];
  const title = heading(3, `Not examined: ${open.length}`);
  const accepted = triaged > 0 ? [paragraph(words(`${count(triaged, 'gap')} triaged.`))] : [];
  if (open.length === 0 || detail === 'counts-only') return [title, ...accepted];
  const rows = open.map((gap): readonly Content[] => [
    [code(neutralise(gap.subject, 240)), words(` (${neutralise(gap.source, 80)})`)],
    [words(neutralise(gap.reason, 500))],
    [words(neutralise(gap.hint, 500))],
    [code(`gap: ${neutralise(gap.fingerprint, 80)}`)],
  ]);
  return [title, { kind: 'table', head: ['What', 'Why', 'What to do', 'To triage it'], rows }, ...accepted];
}

function deltaBlocks(report: Report, detail: Detail): readonly Block[] {
  const line = deltaLine(report);
  if (line === null) return [];
  const groups = detail === 'counts-only' ? [] : deltaGroups(report);
  return [
    heading(3, 'Vulnerabilities since the base report'),
    paragraph(words(`${line}.`)),
    ...groups.flatMap(({ title, lines }): readonly Block[] => [
      paragraph(words(title)),
      { kind: 'list', items: lines.map((item): Content => [words(item)]) },
    ]),
  ];
}

function coverageBlocks(report: Report, detail: Detail): readonly Block[] {
  const aside = setAsidePhrase(report);
  const pairings = detail === 'counts-only' ? [] : describePairings(report);
  const lines = [
    `Examined: ${describeCoverage(report)}`,
    ...pairings,
    ...report.coverage.scanners.map(describeScanner),
    ...(aside === '' ? [] : [`Set aside: ${aside}`]),
  ];
  return [heading(3, 'Coverage'), { kind: 'list', items: lines.map((line): Content => [words(line)]) }];
}

function noteBlocks(report: Report): readonly Block[] {
  if (report.notes.length === 0) return [];
  const notes = report.notes.slice(0, notesListed).map((note) => neutralise(note, 500));
  const rest = report.notes.length - notes.length;
  const items = [...notes, ...(rest > 0 ? [`and ${count(rest, 'more note')}`] : [])];
  return [heading(3, 'Notes'), { kind: 'list', items: items.map((item): Content => [words(item)]) }];
}

/** What the job summary and the HTML page say, before either format is chosen. */
export function buildPage(report: Report, context: ReportContext, detail: Detail): Page {
  const sections = findingSections(report, context, detail);
  const line = verdictLine(report);
  const omission = omissions[detail];
  const title = `Hullcheck: ${report.verdict}`;
  const sum = (pick: (section: Section) => number) => sections.reduce((total, section) => total + pick(section), 0);
  return {
    title,
    blocks: [
      heading(2, title),
      paragraph(code(neutralise(report.subject, 200)), words(`: ${line.slice(report.verdict.length + 2)}`)),
      ...(omission === null ? [] : [paragraph(words(omission))]),
      ...sections.flatMap(({ blocks }) => blocks),
      ...deltaBlocks(report, detail),
      ...gapBlocks(report, detail),
      ...coverageBlocks(report, detail),
      ...noteBlocks(report),
    ],
    ledger: {
      ...countSetAside(report.findings),
      shown: sum(({ shown }) => shown),
      more: sum(({ more }) => more),
    },
  };
}
