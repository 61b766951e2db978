import { neutralise } from '../domain/neutral-text.ts';
import type { Report } from '../domain/report.ts';
import type { AttributedSbom, ComponentCause, SbomObject } from '../domain/sbom.ts';
import { encodeJson } from './json-text.ts';

/** Long enough for any line of a repository that a person wrote. */
const valueLimit = 300;
/** More lockfiles than anybody looks up for one package. */
const mostPins = 3;
const mostGaps = 100;

interface Property {
  readonly name: string;
  readonly value: string;
}

function property(name: string, value: string | number | null | undefined): readonly Property[] {
  if (value === null || value === undefined || value === '') return [];
  return [{ name: `hullcheck:${name}`, value: neutralise(`${value}`, valueLimit) }];
}

/** The line stays readable after a path that is cut. */
function placeOf({ path, line }: { readonly path: string; readonly line: number }): string {
  return `${neutralise(path, valueLimit - 20)}:${line}`;
}

function platformOf({ image }: AttributedSbom): string {
  const { os, architecture, variant } = image.platform;
  return [os, architecture, variant].filter((part) => part !== '').join('/');
}

/** Which scanner and database stood behind it. */
function scannerProperties({ sbom }: AttributedSbom, { coverage }: Report): readonly Property[] {
  const scanner = coverage.scanners.find(({ name }) => name === sbom.scanner);
  if (scanner === undefined) return property('scanner', sbom.scanner);
  const { name, version, state, program, database } = scanner;
  return [
    ...property('scanner', version === null ? name : `${name} ${version}`),
    ...property('scanner-report', state === 'imported' ? 'imported' : null),
    ...property('scanner-sha256', program?.sha256),
    ...property('database-built', database?.built),
    ...property('database-sha256', database?.sha256),
  ];
}

/** What of the run was not examined, so that whoever reads the SBOM alone is not told more than is known. */
function gapProperties({ gaps }: Report): readonly Property[] {
  const told = gaps
    .slice(0, mostGaps)
    .flatMap(({ source, subject, reason }) => property('gap', `${source}: ${subject}: ${reason}`));
  return [...property('gaps', gaps.length), ...told];
}

function runProperties(attributed: AttributedSbom, report: Report): readonly Property[] {
  const { image, unattributed, redacted } = attributed;
  const pairing = report.coverage.pairings.find(({ label }) => label === image.label);
  return [
    ...property('version', report.tool.version),
    ...property('image', image.label),
    ...property('config-digest', image.configDigest),
    ...property('platform', platformOf(attributed)),
    ...property('dockerfile', pairing?.dockerfile),
    ...scannerProperties(attributed, report),
    ...property('verdict', report.verdict),
    ...gapProperties(report),
    ...property('unattributed', unattributed === 0 ? null : unattributed),
    ...property('redacted', redacted === 0 ? null : redacted),
  ];
}

/** Names as docs/vulnerabilities.md lists them. */
function causeProperties({ layer, instruction, pins }: ComponentCause): readonly Property[] {
  const through = pins[0]?.through ?? [];
  return [
    ...property('layer', layer?.index),
    ...property('layer-diff-id', layer?.diffId),
    ...(instruction === null
      ? []
      : [
          ...property('dockerfile-line', placeOf(instruction)),
          ...property('introduced-by', instruction.instruction),
          ...property('confidence', instruction.confidence),
        ]),
    ...pins.slice(0, mostPins).flatMap(({ at }) => property('lockfile', placeOf(at))),
    ...property('through', through.join(' -> ')),
  ];
}

/** The object with ours after its own properties; the very object where there is nothing to add. */
function extend(written: SbomObject, properties: readonly unknown[], own: readonly Property[]): SbomObject {
  return own.length === 0 ? written : { ...written, properties: [...properties, ...own] };
}

/**
 * The scanner's document with what Hullcheck knows as properties in its own namespace. Nothing else differs but secrets
 * in labels of the image, which were blanked before: values are the scanner's own, made safe by JSON's escapes.
 */
export function renderSbom(attributed: AttributedSbom, report: Report): string {
  const { sbom, causes } = attributed;
  const { written, metadata, components } = sbom;
  const stated = Array.isArray(metadata['properties']) ? metadata['properties'] : [];
  return encodeJson({
    ...written,
    metadata: extend(metadata, stated, runProperties(attributed, report)),
    ...(components.length === 0
      ? {}
      : {
          components: components.map((component, index) => {
            const cause = causes[index] ?? null;
            return extend(component.written, component.properties, cause === null ? [] : causeProperties(cause));
          }),
        }),
  });
}
