import { createsFile, type Edit } from '../domain/finding.ts';
import { neutralise } from '../domain/neutral-text.ts';
import type { ReportFinding } from '../domain/report.ts';
import { describeMember, describeModel, describeVulnerability } from './facts.ts';
import type { FoldedCause } from './folding.ts';
import { describeLine, describeVoices, lineFix } from './line-group.ts';
import { causeLine, describePlace, namePlace, showPath, subjectOf } from './place.ts';
import type { ReportContext } from './reporter.ts';
import { renderFrame } from './text-frame.ts';
import { widthOf, wrapLabelled } from './text-layout.ts';
import type { Style } from './text-style.ts';
import { count, formatNumber } from './wording.ts';

const messageLimit = 600;
/** A line to paste is only cut where its path could not be a file's. */
const triageLimit = 4096;
const indent = 4;
const editLines = 4;

/** How many other places of a cause are named; the rest are counted. */
export function placesNamed(all: boolean): number {
  return all ? Number.POSITIVE_INFINITY : 5;
}

function hasRoom(line: string, context: ReportContext): boolean {
  return widthOf(line) < context.columns;
}

/** Severity, rule and what became of it; for what was excused also why, behind it or below it. */
function headLines({ lead }: FoldedCause, style: Style, context: ReportContext): readonly string[] {
  const mark = style.mark(lead);
  const doubt = lead.confidence === 'low' ? ' (low confidence)' : '';
  const plain = `  ${mark}${lead.severity} ${lead.ruleId}${doubt}`;
  const isExcused = lead.disposition !== 'advisory' && lead.disposition !== 'blocking';
  const words = neutralise(lead.reason, 200);
  const reason = words.startsWith(lead.disposition) ? words : `${lead.disposition}: ${words}`;
  const isBehind = isExcused && hasRoom(`${plain} ${reason}`, context);
  const short = lead.disposition === 'advisory' || isExcused ? '' : ` ${lead.disposition}`;
  const tail = isBehind ? ` ${reason}` : short;
  const head = style.severity(lead.severity, `${mark}${lead.severity}`);
  return [
    `  ${head} ${style.strong(lead.ruleId)}${doubt}${tail === '' ? '' : style.dim(` ${tail}`)}`,
    ...(isExcused && !isBehind ? wrapLabelled('', reason, indent, context.columns) : []),
  ];
}

function otherPlaces({ others }: FoldedCause, context: ReportContext): readonly string[] {
  if (others.length === 0) return [];
  const named = others.slice(0, placesNamed(context.all)).map((other) => namePlace(other.at));
  const rest = named.length < others.length ? ', …' : '';
  return wrapLabelled('', `and ${others.length} more: ${named.join(', ')}${rest}`, indent, context.columns);
}

function placeLines(lead: ReportFinding, style: Style, context: ReportContext): readonly string[] {
  const anchor = causeLine(lead);
  const places = [describePlace(lead.at), ...(anchor === null ? [] : [`caused by ${anchor}`])];
  return places.map((place) => `    ${style.dim(context.color ? '→' : '->')} ${place}`);
}

function relatedLines(lead: ReportFinding, context: ReportContext): readonly string[] {
  const named = lead.related.slice(0, placesNamed(context.all)).flatMap(({ at, message }) => {
    const text = `${neutralise(message, 200)} (${namePlace(at)})`;
    return wrapLabelled('also: ', text, indent, context.columns);
  });
  const rest = lead.related.length - Math.min(lead.related.length, placesNamed(context.all));
  return rest === 0 ? named : [...named, `    also: ${count(rest, 'more related place')}`];
}

/** What to write, whole, so that it can be copied. */
function editPreview(edit: Edit): readonly string[] {
  const margin = ' '.repeat(indent + 5);
  const lines = edit.newText === '' ? [] : edit.newText.split('\n');
  const removed = edit.endLine > edit.line ? `:${edit.line}-${edit.endLine}` : `:${edit.line}`;
  const title = lines.length === 0 ? ' (removed)' : '';
  const place = createsFile(edit) ? ' (new file)' : removed + title;
  const shown = lines.slice(0, editLines).map((line) => `+ ${neutralise(line, 240)}`);
  const rest = lines.length - shown.length;
  return [`${showPath(edit.path)}${place}`, ...shown, ...(rest > 0 ? [`+ … ${count(rest, 'more line')}`] : [])].map(
    (line) => margin + line,
  );
}

function fixLines(lead: ReportFinding, context: ReportContext): readonly string[] {
  if (lead.fix === null) return [];
  const { description, edits } = lead.fix;
  const shown = context.all ? edits : edits.slice(0, 3);
  return [
    ...wrapLabelled('fix: ', neutralise(description, messageLimit), indent, context.columns),
    ...shown.flatMap(editPreview),
    ...(edits.length > shown.length ? [`         and ${count(edits.length - shown.length, 'more edit')}`] : []),
  ];
}

/** Of the vulnerabilities of a line those that nothing fixes yet; else the worst, as an example for the others. */
function triagedFirst({ lead, others, isLine }: FoldedCause): readonly ReportFinding[] {
  const blocking = [lead, ...others].filter(({ disposition }) => disposition === 'blocking');
  if (!isLine) return blocking;
  const unfixable = blocking.filter(({ vulnerability }) => vulnerability?.remedy === 'none');
  return unfixable.length > 0 ? unfixable : blocking.slice(0, 1);
}

function triageLines(cause: FoldedCause, context: ReportContext): readonly string[] {
  const rule = context.rules.find((each) => each.id === cause.lead.ruleId);
  if (cause.lead.disposition !== 'blocking' || rule?.isSuppressible === false) return [];
  const findings = triagedFirst(cause).slice(0, 1 + placesNamed(false));
  const lines = new Set(findings.map((finding) => neutralise(context.triageLine(finding), triageLimit)));
  return [...lines].map((line, index) => `    ${index === 0 ? 'triage:' : '       '} ${line}`);
}

function factLines(lead: ReportFinding, context: ReportContext): readonly string[] {
  const facts = [
    ...(lead.vulnerability === null ? [] : [describeVulnerability(lead.vulnerability)]),
    ...(lead.model === null ? [] : describeModel(lead.model, lead.message)),
  ];
  return facts.filter((fact) => fact !== '').flatMap((fact) => wrapLabelled('', fact, indent, context.columns));
}

/** None for secrets, even if the report had one. */
function frameLines(lead: ReportFinding, style: Style, context: ReportContext): readonly string[] {
  const isSecret = context.rules.some(({ id, isSecret }) => id === lead.ruleId && isSecret === true);
  return lead.frame === null || isSecret ? [] : renderFrame(lead, lead.frame, style, indent + 3, context.columns);
}

/** The vulnerabilities of a line in columns, one per line, the worst first. */
function memberLines({ lead, others }: FoldedCause, context: ReportContext): readonly string[] {
  const named = [lead, ...others.slice(0, placesNamed(context.all))].map(({ severity, message, vulnerability }) => ({
    severity,
    id: neutralise(vulnerability?.ids[0] ?? '', 40),
    text: vulnerability === null ? neutralise(message, messageLimit) : describeMember(vulnerability),
  }));
  const severityWidth = Math.max(...named.map(({ severity }) => severity.length));
  const idWidth = Math.min(20, Math.max(...named.map(({ id }) => widthOf(id))));
  const rest = others.length + 1 - named.length;
  return [
    ...named.flatMap(({ severity, id, text }) => {
      const label = `${severity.padEnd(severityWidth)}  ${id}${' '.repeat(Math.max(0, idWidth - widthOf(id)))}  `;
      return wrapLabelled(label, text, indent, context.columns);
    }),
    ...(rest > 0 ? [`    and ${formatNumber(rest)} more (--all shows them)`] : []),
  ];
}

/** All that one line brings: what, where, each vulnerability, and what changes them at once. */
function renderLine(cause: FoldedCause, style: Style, context: ReportContext): readonly string[] {
  const { lead, others } = cause;
  const members = [lead, ...others];
  const anchor = causeLine(lead);
  const fix = lineFix(members);
  const voices = describeVoices(members);
  // The first one is the heading above.
  const [, ...images] = new Set(members.map(({ at }) => subjectOf(at)));
  const places = [
    ...images.slice(0, placesNamed(context.all)).map((image) => `also in ${image}`),
    ...(anchor === null ? [] : [`caused by ${anchor}`]),
  ];
  return [
    ...headLines(cause, style, context),
    ...wrapLabelled('', describeLine(members), indent, context.columns),
    ...(voices === '' ? [] : wrapLabelled('', voices, indent, context.columns)),
    ...places.map((place) => `    ${style.dim(context.color ? '→' : '->')} ${place}`),
    ...frameLines(lead, style, context),
    ...memberLines(cause, context),
    ...(fix === null ? [] : wrapLabelled('fix: ', neutralise(fix, messageLimit), indent, context.columns)),
    ...triageLines(cause, context),
  ];
}

/** One cause: what, where, the code, what to do, and for a blocker how to triage it. */
export function renderCause(cause: FoldedCause, style: Style, context: ReportContext): readonly string[] {
  if (cause.isLine) return renderLine(cause, style, context);
  const { lead } = cause;
  const message = neutralise(lead.message, messageLimit);
  return [
    ...headLines(cause, style, context),
    ...wrapLabelled('', message, indent, context.columns),
    ...factLines(lead, context),
    ...placeLines(lead, style, context),
    ...otherPlaces(cause, context),
    ...frameLines(lead, style, context),
    ...relatedLines(lead, context),
    ...fixLines(lead, context),
    ...triageLines(cause, context),
  ];
}
