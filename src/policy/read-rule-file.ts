import { isAdvisoryId } from './advisory-id.ts';
import { type Imported, joinImported, leave, reasonOf, type Statement, take } from './exception-statement.ts';
import { isPackageUrl, plainPackageUrl } from './package-url.ts';
import { type Reading, readDocument, readFields, readList, readText, reject } from './policy-document.ts';
import { lastDay } from './read-trivyignore.ts';

type Fields = ReadonlyMap<string, Reading>;

function textOf(fields: Fields, name: string): string | null {
  const field = fields.get(name);
  return field === undefined ? null : readText(field);
}

function readTrivyEntry(entry: Reading): Imported {
  const fields = readFields(entry, null);
  const id = textOf(fields, 'id') ?? '';
  const where = `line ${entry.at.line}`;
  if (!isAdvisoryId(id)) return leave(`${where}: ${id === '' ? 'an entry' : id} names no advisory`);
  if (fields.has('paths'))
    return leave(`${where}: ${id} is for some paths only, which an entry for an advisory cannot say`);
  const expiry = textOf(fields, 'expired_at');
  const expires = expiry === null ? null : lastDay(expiry);
  if (expiry !== null && expires === null) return leave(`${where}: ${expiry} is no day`);
  const purls = fields.get('purls');
  const packages = purls === undefined ? [null] : readList(purls).map((purl) => plainPackageUrl(readText(purl)));
  const wrong = packages.find((purl) => purl !== null && !isPackageUrl(purl));
  if (wrong !== undefined) return leave(`${where}: ${wrong} is no package URL`);
  const reason = reasonOf(textOf(fields, 'statement'));
  return take(packages.map((name): Statement => ({ advisory: id, package: name, reason, expires })));
}

/** Keys that narrow a rule of Grype in ways a triage entry has no word for. */
const narrowing = ['namespace', 'fix-state', 'vex-status', 'vex-justification', 'match-type'] as const;

function isSet(field: Reading | undefined): boolean {
  return field !== undefined && readText(field) !== '';
}

/** A name without a character that is special in a regular expression, which Grype takes names for. */
function plainName(pattern: string): string | null {
  const bare = pattern
    .replace(/^\^/, '')
    .replace(/\$$/, '')
    .replace(/\\([.+])/g, '$1');
  return /^[A-Za-z0-9@/._+:-]+$/.test(bare) ? bare : null;
}

function readGrypePackage(field: Reading): { readonly name: string | null } | string {
  const fields = readFields(field, null);
  const other = ['version', 'language', 'type', 'location', 'upstream-name'].find((key) => isSet(fields.get(key)));
  if (other !== undefined) return `package.${other}`;
  const name = textOf(fields, 'name');
  if (name === null) return { name: null };
  const plain = plainName(name);
  return plain === null ? `the pattern ${name}` : { name: plain };
}

function readGrypeRule(rule: Reading): Imported {
  const fields = readFields(rule, null);
  const where = `line ${rule.at.line}`;
  const id = textOf(fields, 'vulnerability') ?? '';
  if (!isAdvisoryId(id)) return leave(`${where}: ${id === '' ? 'a rule' : id} names no advisory`);
  const narrowed = narrowing.find((key) => isSet(fields.get(key)));
  const field = fields.get('package');
  const found = field === undefined ? { name: null } : readGrypePackage(field);
  const unsaid = narrowed ?? (typeof found === 'string' ? found : null);
  if (unsaid !== null || typeof found === 'string') {
    return leave(`${where}: ${id} is narrowed by ${unsaid}, which a triage entry cannot say`);
  }
  return take([{ advisory: id, package: found.name, reason: reasonOf(textOf(fields, 'reason')), expires: null }]);
}

function leaveSection(fields: Fields, name: string): Imported {
  const field = fields.get(name);
  return field === undefined ? take([]) : leave(`line ${field.at.line}: ${name} are not about vulnerabilities`);
}

/** `.trivyignore.yaml` or the `ignore` rules of `.grype.yaml`, told by their keys. A rule that would get wider is left out. */
export function readRuleFile(path: string, text: string): Imported {
  const root = readDocument(path, text);
  const fields = readFields(root, null);
  const rules = fields.get('ignore');
  if (rules !== undefined) return joinImported(readList(rules).map(readGrypeRule));
  const sections = ['misconfigurations', 'secrets', 'licenses'] as const;
  const entries = fields.get('vulnerabilities');
  if (entries === undefined && !sections.some((name) => fields.has(name))) {
    reject(root.at, 'the file has neither vulnerabilities (Trivy) nor ignore (Grype)', 'give a file of ignore rules');
  }
  return joinImported([
    ...(entries === undefined ? [] : readList(entries).map(readTrivyEntry)),
    ...sections.map((name) => leaveSection(fields, name)),
  ]);
}
