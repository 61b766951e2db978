import { coordinatesOf } from '../domain/package-coordinates.ts';
import { type Severity, severities } from '../domain/severity.ts';
import { type JsonRecord, listOf, recordOf, textOf, textsOf } from './json-shape.ts';

/** A vulnerability that an earlier report lists. */
export interface ReportedVulnerability {
  readonly fingerprint: string;
  readonly severity: Severity;
  readonly advisory: string;
  readonly package: string;
  readonly installed: string;
  readonly purl: string;
  readonly image: string;
  readonly scanners: readonly string[];
}

/** What an earlier report says of images. */
export interface BaseReport {
  /** Of all its findings in images. */
  readonly fingerprints: readonly string[];
  readonly vulnerabilities: readonly ReportedVulnerability[];
  /** The layers of its images, by the image's name there. */
  readonly diffIds: ReadonlyMap<string, ReadonlySet<string>>;
  /** `YYYY-MM-DD` of the newest database behind it; null where it does not say. */
  readonly databaseDay: string | null;
}

/** Image, type, name and version of an installed package, the same for the same package in two reports. */
export function packageKey(image: string, purl: string, installed: string): string {
  const { name, version } = coordinatesOf({ name: '', version: installed, purl });
  return JSON.stringify([image, name, version]);
}

function readVulnerability(finding: JsonRecord): readonly ReportedVulnerability[] {
  const facts = recordOf(finding['vulnerability']);
  const at = recordOf(finding['at']);
  const fingerprint = textOf(finding['fingerprint']);
  const severity = severities.find((word) => word === finding['severity']);
  const [advisory] = textsOf(facts['ids']);
  const [name, purl, image] = [textOf(facts['package']), textOf(at['purl']), textOf(at['image'])];
  if (fingerprint === null || severity === undefined || advisory === undefined) return [];
  if (name === null || purl === null || image === null) return [];
  const installed = textOf(facts['installed']) ?? '';
  const scanners = textsOf(facts['scanners']);
  return [{ fingerprint, severity, advisory, package: name, installed, purl, image, scanners }];
}

/** Reads an earlier JSON report; null where it is none. Entries of another shape are passed over: they excuse nothing. */
export function readBaseReport(value: unknown): BaseReport | null {
  const report = recordOf(value);
  if (!Array.isArray(report['findings'])) return null;
  const findings = listOf(report['findings']).map(recordOf);
  const inImages = findings.filter(({ at }) => (textOf(recordOf(at)['kind']) ?? 'file') !== 'file');
  const coverage = recordOf(report['coverage']);
  const days = listOf(coverage['scanners']).flatMap((scanner) => {
    const built = textOf(recordOf(recordOf(scanner)['database'])['built']);
    return built !== null && /^\d{4}-\d{2}-\d{2}/.test(built) ? [built.slice(0, 10)] : [];
  });
  return {
    fingerprints: inImages.flatMap(({ fingerprint }) => textOf(fingerprint) ?? []),
    vulnerabilities: inImages.flatMap(readVulnerability),
    diffIds: new Map(
      listOf(coverage['pairings']).map((value) => {
        const { label, diffIds } = recordOf(value);
        return [textOf(label) ?? '', new Set(textsOf(diffIds))];
      }),
    ),
    databaseDay: days.sort().at(-1) ?? null,
  };
}
