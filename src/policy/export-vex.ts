import { fingerprintOf } from '../domain/fingerprint.ts';
import { neutralise } from '../domain/neutral-text.ts';
import type { TriageEntry } from './schema.ts';

interface VexOptions {
  readonly today: string;
  readonly product: string | null;
  readonly version: string;
}

/** The labels a `not_affected` statement may carry (OpenVEX 0.2.0, status justifications). */
const vexJustifications = [
  'component_not_present',
  'vulnerable_code_not_present',
  'vulnerable_code_not_in_execute_path',
  'vulnerable_code_cannot_be_controlled_by_adversary',
  'inline_mitigations_already_exist',
] as const;

function statementOf(entry: TriageEntry, product: string) {
  const by = entry.owner === null ? '' : ` by ${entry.owner}`;
  const justification = vexJustifications.find((label) => entry.reason.includes(label));
  return {
    vulnerability: { name: entry.subject.id },
    products: [
      entry.package === null ? { '@id': product } : { '@id': product, subcomponents: [{ '@id': entry.package }] },
    ],
    status: 'not_affected',
    // The schema takes one of the two, never both.
    ...(justification === undefined ? { impact_statement: neutralise(entry.reason, 1000) } : { justification }),
    status_notes: neutralise(`accepted in the triage list until ${entry.expires}${by}: ${entry.reason}`, 1000),
  };
}

/** An OpenVEX 0.2.0 document: the same entries on the same day give the same bytes. `product` is given. */
export function renderOpenVex(entries: readonly TriageEntry[], { today, product, version }: VexOptions): string {
  const statements = entries.map((entry) => statementOf(entry, product ?? ''));
  const document = {
    '@context': 'https://openvex.dev/ns/v0.2.0',
    '@id': `urn:hullcheck:triage:${fingerprintOf([today, JSON.stringify(statements)])}`,
    author: 'the triage list of the policy',
    timestamp: `${today}T00:00:00Z`,
    version: 1,
    tooling: `hullcheck ${version}`,
    statements,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
