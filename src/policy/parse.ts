import { isCalendarDay } from './calendar.ts';
import {
  isText,
  quoted,
  type Reading,
  readBoolean,
  readDocument,
  readFields,
  readList,
  readNumber,
  readText,
  readWord,
  reject,
  suggest,
} from './policy-document.ts';
import {
  agreeWords,
  defaultPolicy,
  failOnKeys,
  failOnWords,
  gateKeys,
  imageKeys,
  levelWords,
  type Policy,
  policyKeys,
  ruleWords,
  type TriageEntry,
  type TriageSubject,
  tagLevelOf,
  triageKeys,
  unsuppressibleRules,
} from './schema.ts';

type Fields = ReadonlyMap<string, Reading>;

/**
 * Reads a policy file strictly: a key, word, rule id or date that is not valid is a UsageError that names the line and
 * the nearest valid word, as a rule that is silently not applied would be a false green. `docs/policy.schema.json` says
 * the same for editors.
 */
export function parsePolicy(path: string, text: string, ruleIds: readonly string[]): Policy {
  const root = readDocument(path, text);
  const fields = readFields(root, policyKeys);
  const read = <T>(name: (typeof policyKeys)[number], reader: (value: Reading) => T, fallback: T): T =>
    readOptional(fields, name, reader) ?? fallback;
  read('$schema', readText, '');
  return {
    path,
    failOn: read('failOn', readFailOn, defaultPolicy.failOn),
    vulnerabilities: read('vulnerabilities', readGate, defaultPolicy.vulnerabilities),
    onGap: read('onGap', (value) => readWord(value, ['fail', 'warn'] as const), defaultPolicy.onGap),
    mode: read('mode', (value) => readWord(value, ['gate', 'observe'] as const), defaultPolicy.mode),
    baseline: read('baseline', readPath, defaultPolicy.baseline),
    rules: read('rules', (value) => readRules(value, ruleIds), defaultPolicy.rules),
    images: read('images', readImages, defaultPolicy.images),
    ignorePaths: read('ignorePaths', (value) => readList(value).map(readText), defaultPolicy.ignorePaths),
    triage: read('triage', (value) => readList(value).map((entry) => readEntry(entry, ruleIds)), defaultPolicy.triage),
    maxTriageDays: read('maxTriageDays', readDays, defaultPolicy.maxTriageDays),
    places: root.document.places,
  };
}

function readOptional<T>(fields: Fields, name: string, reader: (value: Reading) => T): T | null {
  const field = fields.get(name);
  return field === undefined ? null : reader(field);
}

function readFailOn(value: Reading): Policy['failOn'] {
  if (isText(value)) {
    const both = readWord(value, failOnWords);
    return { vulnerabilities: both, default: both };
  }
  const fields = readFields(value, failOnKeys);
  const read = (name: (typeof failOnKeys)[number]) =>
    readOptional(fields, name, (field) => readWord(field, failOnWords)) ?? defaultPolicy.failOn[name];
  return { vulnerabilities: read('vulnerabilities'), default: read('default') };
}

function readProbability(value: Reading): number {
  const number = readNumber(value);
  return number > 0 && number <= 1
    ? number
    : reject(value.at, `${value.key} is ${number}`, 'give a probability above 0 and up to 1, such as 0.5');
}

function readGate(value: Reading): Policy['vulnerabilities'] {
  const fields = readFields(value, gateKeys);
  const standard = defaultPolicy.vulnerabilities;
  return {
    fixableOnly: readOptional(fields, 'fixableOnly', readBoolean) ?? standard.fixableOnly,
    kev: readOptional(fields, 'kev', readBoolean) ?? standard.kev,
    epss: readOptional(fields, 'epss', readProbability) ?? standard.epss,
    agree: readOptional(fields, 'agree', (field) => readWord(field, agreeWords)) ?? standard.agree,
  };
}

function readPath(value: Reading): string {
  const path = readText(value);
  if (path.startsWith('/') || path.split('/').includes('..')) {
    reject(value.at, `${value.key} is ${quoted(path)}`, 'give a path inside the checked folder, relative to it');
  }
  return path;
}

function rejectUnknownRule(value: Reading, id: string, ruleIds: readonly string[]): void {
  if (unsuppressibleRules.includes(id)) {
    reject(value.at, `${value.key} names ${id}, which no policy can change`, 'remove it: it judges the policy itself');
  }
  const known = ruleIds.filter((rule) => !unsuppressibleRules.includes(rule));
  if (!known.includes(id)) reject(value.at, `${value.key} names no rule: ${quoted(id)}`, suggest(id, known));
}

function readRules(value: Reading, ruleIds: readonly string[]): Policy['rules'] {
  const fields = [...readFields(value, null)];
  return Object.fromEntries(
    fields.map(([id, field]) => {
      rejectUnknownRule(field, id, ruleIds);
      return [id, readWord(field, ruleWords)];
    }),
  );
}

function readLevel(value: Reading) {
  return tagLevelOf(readWord(value, levelWords));
}

function readOverrides(value: Reading): Policy['images']['overrides'] {
  return [...readFields(value, null)].map(([pattern, field]) => {
    if (!/\S/.test(pattern)) reject(field.at, `${value.key} has an empty glob`, 'name a registry/repository');
    return { pattern, level: readLevel(field) };
  });
}

function readImages(value: Reading): Policy['images'] {
  const fields = readFields(value, imageKeys);
  return {
    minLevel: readOptional(fields, 'minLevel', readLevel) ?? defaultPolicy.images.minLevel,
    overrides: readOptional(fields, 'overrides', readOverrides) ?? [],
  };
}

function readEntry(entry: Reading, ruleIds: readonly string[]): TriageEntry {
  const fields = readFields(entry, triageKeys);
  const subject = readSubject(entry, fields, ruleIds);
  for (const name of ['path', 'package', 'image'] as const) {
    const field = fields.get(name);
    if (subject.kind === 'gap' && field !== undefined) {
      reject(field.at, `${field.key} cannot narrow a gap`, 'remove it: the fingerprint names exactly one gap');
    }
  }
  return {
    subject,
    path: readOptional(fields, 'path', readText),
    package: readOptional(fields, 'package', readText),
    image: readOptional(fields, 'image', readText),
    reason: readText(required(entry, fields, 'reason', 'say in one sentence why this is acceptable')),
    owner: readOptional(fields, 'owner', readText),
    expires: readDate(required(entry, fields, 'expires', 'give the last day it holds, as YYYY-MM-DD')),
    at: entry.at,
  };
}

function required(entry: Reading, fields: Fields, name: string, hint: string): Reading {
  return fields.get(name) ?? reject(entry.at, `${entry.key} has no ${name}`, hint);
}

function readSubject(entry: Reading, fields: Fields, ruleIds: readonly string[]): TriageSubject {
  const kinds = (['advisory', 'rule', 'gap'] as const).filter((kind) => fields.has(kind));
  const kind = kinds[0];
  const field = kind === undefined ? undefined : fields.get(kind);
  if (kind === undefined || field === undefined || kinds.length > 1) {
    const problem = kinds.length > 1 ? `${kinds.join(' and ')} in one entry` : 'no advisory, rule or gap';
    reject(entry.at, `${entry.key} has ${problem}`, 'name exactly one of advisory, rule and gap');
  }
  const id = readText(field);
  if (kind === 'rule') rejectUnknownRule(field, id, ruleIds);
  if (kind === 'advisory' && !/^\S+$/.test(id)) {
    reject(field.at, `${field.key} is no advisory id: ${quoted(id)}`, 'name one id or alias, such as CVE-2026-0001');
  }
  if (kind === 'gap' && !/^[0-9a-f]{32}$/.test(id)) {
    reject(field.at, `${field.key} is no fingerprint: ${quoted(id)}`, 'copy the 32 hex digits the report gives');
  }
  return { kind, id };
}

/** Ten years: a longer term is no term. */
const mostDays = 3650;

function readDays(value: Reading): number {
  const days = readNumber(value);
  return Number.isInteger(days) && days >= 1 && days <= mostDays
    ? days
    : reject(value.at, `${value.key} is ${days}`, `give a whole number of days from 1 to ${mostDays}`);
}

function readDate(value: Reading): string {
  const text = readText(value);
  return isCalendarDay(text)
    ? text
    : reject(value.at, `${value.key} is no date: ${quoted(text)}`, 'give a day of the calendar as YYYY-MM-DD');
}
