import { isAdvisoryId } from './advisory-id.ts';
import { type Imported, joinImported, leave, reasonOf, take } from './exception-statement.ts';
import { type JsonRecord, listOf, recordOf, textOf, textsOf } from './json-shape.ts';
import { isPackageUrl, plainPackageUrl } from './package-url.ts';

/** What one statement says of one package of one product. */
interface Claim {
  readonly where: string;
  readonly advisory: string;
  readonly package: string | null;
  readonly status: string;
  readonly reason: string | null;
}

function advisoryOf(value: unknown): string | null {
  const { name, '@id': iri, aliases } = recordOf(value);
  const ids = [textOf(value), textOf(name), textOf(iri)?.split('/').at(-1) ?? null, ...textsOf(aliases)];
  return ids.find((id) => id !== null && isAdvisoryId(id)) ?? null;
}

function packageUrlOf(value: unknown): string | null {
  const { '@id': iri, identifiers } = recordOf(value);
  const candidates = [textOf(recordOf(identifiers)['purl']), textOf(iri), textOf(value)];
  return candidates.find((text) => text !== null && isPackageUrl(text)) ?? null;
}

function isImage(purl: string): boolean {
  return /^pkg:(?:oci|docker)\//i.test(purl);
}

/** The packages a product stands for: null is all of an image; empty when it names something that cannot be told. */
function packagesOf(product: unknown): readonly (string | null)[] {
  const parts = listOf(recordOf(product)['subcomponents']);
  if (parts.length > 0) return parts.flatMap((part) => packageUrlOf(part) ?? []).map(plainPackageUrl);
  const purl = packageUrlOf(product);
  return purl === null || isImage(purl) ? [null] : [plainPackageUrl(purl)];
}

const excusing: ReadonlySet<string> = new Set(['not_affected', 'fixed']);

/** `not_affected (vulnerable_code_not_present): words of the author`. */
export function explainStatus(status: string, justification: string | null, words: string | null): string | null {
  const label = justification === null ? status : `${status} (${justification})`;
  return reasonOf([label, words].filter((part) => part !== null).join(': '));
}

function claimsOf(statement: JsonRecord, where: string): readonly Claim[] | string {
  const advisory = advisoryOf(statement['vulnerability']);
  if (advisory === null) return 'names no advisory';
  const status = textOf(statement['status']);
  if (status === null) return 'has no status';
  const justification = textOf(statement['justification']);
  const words = textOf(statement['impact_statement']) ?? textOf(statement['status_notes']);
  if (status === 'not_affected' && justification === null && words === null)
    return 'says not_affected without a justification';
  const products = listOf(statement['products']);
  const packages = products.length === 0 ? [null] : products.flatMap(packagesOf);
  if (packages.length === 0) return `names no package URL for ${advisory}`;
  const reason = explainStatus(status, justification, words);
  return [...new Set(packages)].map((name) => ({ where, advisory, package: name, status, reason }));
}

/** By time, and in the file's order at the same time: the last word on a package counts. */
function inOrder(document: JsonRecord): readonly { readonly statement: JsonRecord; readonly where: string }[] {
  const time = (statement: JsonRecord) =>
    Date.parse(textOf(statement['timestamp'] ?? document['timestamp']) ?? '') || 0;
  return listOf(document['statements'])
    .map((value, index) => ({ statement: recordOf(value), where: `statement ${index + 1}` }))
    .sort((a, b) => time(a.statement) - time(b.statement));
}

/** An OpenVEX document: what it calls not affected, with a justification, or fixed. */
export function readOpenVex(document: JsonRecord): Imported {
  const latest = new Map<string, Claim>();
  const parts: Imported[] = [];
  for (const { statement, where } of inOrder(document)) {
    const claims = claimsOf(statement, where);
    if (typeof claims === 'string') parts.push(leave(`${where} ${claims}`));
    else for (const claim of claims) latest.set(JSON.stringify([claim.advisory, claim.package]), claim);
  }
  for (const { where, advisory, package: name, status, reason } of latest.values()) {
    if (excusing.has(status)) parts.push(take([{ advisory, package: name, reason, expires: null }]));
    else parts.push(leave(`${where} says ${status} of ${advisory}`));
  }
  return joinImported(parts);
}
