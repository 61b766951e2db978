import { isAdvisoryId } from './advisory-id.ts';
import { type Imported, joinImported, leave, take } from './exception-statement.ts';
import { type JsonRecord, listOf, recordOf, textOf, textsOf } from './json-shape.ts';
import { isPackageUrl, plainPackageUrl } from './package-url.ts';
import { explainStatus } from './read-openvex.ts';

type PackageUrls = ReadonlyMap<string, string>;

function addProduct(value: unknown, urls: Map<string, string>): void {
  const { product_id: id, product_identification_helper: helper } = recordOf(value);
  const purl = textOf(recordOf(helper)['purl']);
  const name = textOf(id);
  if (name !== null && purl !== null && isPackageUrl(purl)) urls.set(name, plainPackageUrl(purl));
}

/** Package URLs by product id (CSAF 2.0, 3.2.2): of branches, full names, and of what a relationship refers to. */
function packageUrlsOf(tree: JsonRecord): PackageUrls {
  const urls = new Map<string, string>();
  for (const value of listOf(tree['full_product_names'])) addProduct(value, urls);
  // A list of what is left to visit: branches may be nested as deep as a hostile file likes.
  const open = [...listOf(tree['branches'])];
  for (let branch = open.pop(); branch !== undefined; branch = open.pop()) {
    const { product, branches } = recordOf(branch);
    addProduct(product, urls);
    for (const inner of listOf(branches)) open.push(inner);
  }
  for (const value of listOf(tree['relationships'])) {
    const { full_product_name: whole, product_reference: part } = recordOf(value);
    addProduct(whole, urls);
    const id = textOf(recordOf(whole)['product_id']);
    const purl = urls.get(textOf(part) ?? '');
    if (id !== null && purl !== undefined && !urls.has(id)) urls.set(id, purl);
  }
  return urls;
}

/** What the flags and threats of a vulnerability say of each product, by product id. */
function wordsBy(values: unknown, pick: (item: JsonRecord) => string | null): ReadonlyMap<string, string> {
  const words = new Map<string, string>();
  for (const value of listOf(values)) {
    const item = recordOf(value);
    const text = pick(item);
    if (text !== null) for (const id of textsOf(item['product_ids'])) words.set(id, text);
  }
  return words;
}

function advisoryOf(vulnerability: JsonRecord): string | null {
  const ids = listOf(vulnerability['ids']).map((id) => textOf(recordOf(id)['text']));
  return [textOf(vulnerability['cve']), ...ids].find((id) => id !== null && isAdvisoryId(id)) ?? null;
}

function readVulnerability(vulnerability: JsonRecord, urls: PackageUrls, where: string): Imported {
  const advisory = advisoryOf(vulnerability);
  if (advisory === null) return leave(`${where} names no advisory`);
  const labels = wordsBy(vulnerability['flags'], (flag) => textOf(flag['label']));
  const impacts = wordsBy(vulnerability['threats'], (threat) =>
    threat['category'] === 'impact' ? textOf(threat['details']) : null,
  );
  const status = recordOf(vulnerability['product_status']);
  const stated = [
    ...textsOf(status['known_not_affected']).map((id) => ({ id, status: 'not_affected' })),
    ...textsOf(status['fixed']).map((id) => ({ id, status: 'fixed' })),
  ];
  const packages = new Map<string, string | null>();
  let unnamed = 0;
  let unjustified = 0;
  for (const { id, status: word } of stated) {
    const purl = urls.get(id);
    const [label, impact] = [labels.get(id) ?? null, impacts.get(id) ?? null];
    if (purl === undefined) unnamed += 1;
    else if (word === 'not_affected' && label === null && impact === null) unjustified += 1;
    else packages.set(purl, explainStatus(word, label, impact));
  }
  return joinImported([
    take([...packages].map(([name, reason]) => ({ advisory, package: name, reason, expires: null }))),
    ...(unnamed > 0 ? [leave(`${where}: ${unnamed} products of ${advisory} have no package URL`)] : []),
    ...(unjustified > 0 ? [leave(`${where}: ${unjustified} products of ${advisory} have no justification`)] : []),
  ]);
}

/** A CSAF 2.0 document, such as a vendor's VEX: what it calls known not affected, with a justification, or fixed. */
export function readCsaf(document: JsonRecord): Imported {
  const urls = packageUrlsOf(recordOf(document['product_tree']));
  return joinImported(
    listOf(document['vulnerabilities']).map((value, index) =>
      readVulnerability(recordOf(value), urls, `vulnerability ${index + 1}`),
    ),
  );
}
