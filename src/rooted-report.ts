import type { Location } from './domain/location.ts';
import type { Report, ReportFinding } from './domain/report.ts';

function rootFinding(finding: ReportFinding, rooted: (path: string) => string): ReportFinding {
  const { anchor, fix } = finding;
  const rootLocation = (at: Location): Location => (at.kind === 'file' ? { ...at, path: rooted(at.path) } : at);
  return {
    ...finding,
    at: rootLocation(finding.at),
    anchor: anchor === null ? null : { ...anchor, path: rooted(anchor.path) },
    related: finding.related.map((place) => ({ ...place, at: rootLocation(place.at) })),
    fix: fix === null ? null : { ...fix, edits: fix.edits.map((edit) => ({ ...edit, path: rooted(edit.path) })) },
  };
}

/**
 * The report with paths from the repository's root, as annotations and code scanning need them; `folder` is the checked
 * folder's own path there, POSIX, '' for the root itself.
 */
export function rootReport(report: Report, folder: string): Report {
  if (folder === '') return report;
  const rooted = (path: string) => `${folder}/${path}`;
  const pairings = report.coverage.pairings.map((image) => ({
    ...image,
    dockerfile: image.dockerfile === null ? null : rooted(image.dockerfile),
  }));
  return {
    ...report,
    findings: report.findings.map((finding) => rootFinding(finding, rooted)),
    coverage: { ...report.coverage, pairings },
  };
}
