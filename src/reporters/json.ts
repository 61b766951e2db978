import type { Fix, ModelFacts, RelatedPlace, VulnerabilityFacts } from '../domain/finding.ts';
import type { Location } from '../domain/location.ts';
import { neutralise } from '../domain/neutral-text.ts';
import type { Coverage, Report, ReportFinding, ScannerCoverage } from '../domain/report.ts';
import { encodeJson } from './json-text.ts';
import { countSetAside } from './ledger.ts';
import type { Reporter } from './reporter.ts';

function encodeLocation(at: Location) {
  const { kind } = at;
  switch (kind) {
    case 'file': {
      const { path, line, column, endLine, endColumn } = at;
      return { kind, path, line, column, endLine, endColumn };
    }
    case 'layer': {
      const { image, layer, diffId, path, state } = at;
      return { kind, image, layer, diffId, path, state };
    }
    case 'image':
      return { kind, image: at.image, part: at.part, name: at.name };
    case 'package':
      return { kind, image: at.image, purl: at.purl };
  }
}

function encodeRelated({ at, message }: RelatedPlace) {
  return { at: encodeLocation(at), message: neutralise(message) };
}

function encodeFix({ description, edits }: Fix) {
  return {
    description: neutralise(description),
    edits: edits.map(({ path, line, endLine, newText }) => ({ path, line, endLine, newText })),
  };
}

function encodeVulnerability(facts: VulnerabilityFacts) {
  const { ids, package: name, installed, fixed, scanners, severityBy, epss, kev, cvss } = facts;
  return {
    ids,
    package: name,
    installed,
    fixed,
    scanners: [...scanners].sort(),
    severityBy,
    epss,
    kev,
    cvss,
    packages: facts.packages ?? [name],
    fixedFrom: facts.fixedFrom ?? null,
    risk: facts.risk ?? null,
    examinedBy: [...(facts.examinedBy ?? scanners)].sort(),
    through: facts.through ?? [],
    remedy: facts.remedy ?? null,
    statusBy: facts.statusBy ?? {},
    action: facts.action == null ? null : neutralise(facts.action),
  };
}

function encodeModel({ path, expected, actual, size }: ModelFacts) {
  return { path, expected, actual, size };
}

function encodeFinding(finding: ReportFinding) {
  const { ruleId, severity, confidence, message, at, anchor, related, fix, fingerprint, disposition, reason } = finding;
  return {
    ruleId,
    severity,
    confidence,
    message: neutralise(message),
    at: encodeLocation(at),
    anchor: anchor === null ? null : { path: anchor.path, line: anchor.line },
    related: related.map(encodeRelated),
    fix: fix === null ? null : encodeFix(fix),
    fingerprint,
    disposition,
    reason: neutralise(reason),
    ...(finding.change === undefined ? {} : { change: finding.change }),
    ...(finding.vulnerability === null ? {} : { vulnerability: encodeVulnerability(finding.vulnerability) }),
    ...(finding.model === null ? {} : { model: encodeModel(finding.model) }),
  };
}

function encodeGap({ source, subject, reason, hint, fingerprint, triagedBy }: Report['gaps'][number]) {
  return { source, subject, reason: neutralise(reason), hint: neutralise(hint), fingerprint, triagedBy };
}

function encodeScanner({ name, state, version, detail, program, database }: ScannerCoverage) {
  return {
    name,
    state,
    version,
    detail: neutralise(detail),
    program:
      program === null
        ? null
        : { sha256: program.sha256, locked: program.isLocked, origin: neutralise(program.origin) },
    database:
      database === null
        ? null
        : { built: database.built, sha256: database.sha256, origin: neutralise(database.origin) },
  };
}

function encodeCoverage(coverage: Coverage) {
  const { files, images, layers, layerEntries, bytes, models, scanners, pairings, chosenOff } = coverage;
  return {
    files,
    images,
    layers,
    layerEntries,
    bytes,
    models,
    scanners: scanners.map(encodeScanner),
    pairings: pairings.map(({ label, dockerfile, layers: depth, diffIds, pairing }) => ({
      label,
      dockerfile,
      layers: depth,
      diffIds,
      pairing: neutralise(pairing),
    })),
    chosenOff,
  };
}

function encodeReport(report: Report) {
  const { tool, verdict, counts, findings, gaps, coverage } = report;
  const { blocking, advisory, triaged, baseline, outsideChanges } = counts;
  return {
    schemaVersion: 1,
    tool: { name: tool.name, version: tool.version },
    verdict,
    counts: {
      findings: counts.findings,
      blocking,
      advisory,
      triaged,
      baseline,
      outsideChanges,
      gaps: counts.gaps,
    },
    findings: findings.map(encodeFinding),
    gaps: gaps.map(encodeGap),
    coverage: encodeCoverage(coverage),
    ...(report.delta === null ? {} : { delta: report.delta }),
  };
}

/**
 * The report for programs, as docs/report.schema.json has it. Sentences are neutral text; paths, names, fingerprints
 * and the text of edits are exact values, made safe by JSON's own escapes.
 */
export const json: Reporter = {
  name: 'json',
  render: (report) => encodeJson(encodeReport(report)),
  account: (report) => ({ ...countSetAside([]), shown: report.findings.length, more: 0 }),
};
