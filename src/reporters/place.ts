import type { EntryState, ImagePart, Location } from '../domain/location.ts';
import { neutralise } from '../domain/neutral-text.ts';
import type { ReportFinding } from '../domain/report.ts';

const pathLimit = 240;

/** A path, name or package URL for a person: neutral, and cut in the middle when it is longer than a screen can use. */
export function showPath(path: string, limit = pathLimit): string {
  const half = Math.floor((limit - 1) / 2);
  const short = path.length > limit ? `${path.slice(0, half)}…${path.slice(-half)}` : path;
  return neutralise(short, limit * 2);
}

const partNames: Readonly<Record<ImagePart, string>> = {
  env: 'environment variable',
  label: 'label',
  history: 'history',
  entrypoint: 'entrypoint',
  user: 'user',
  provenance: 'provenance',
  os: 'operating system',
};

const stateNotes: Readonly<Record<EntryState, string>> = {
  present: '',
  overwritten: ' (overwritten in a later layer)',
  deleted: ' (deleted in a later layer)',
};

/** Where a finding is, with all there is to say: `path:line:column`, or the image and the place in it. */
export function describePlace(at: Location): string {
  switch (at.kind) {
    case 'file':
      return `${showPath(at.path)}:${at.line}:${at.column}`;
    case 'layer':
      return `${showPath(at.image)}, layer ${at.layer}: ${showPath(at.path)}${stateNotes[at.state]}`;
    case 'image':
      return `${showPath(at.image)}, ${`${partNames[at.part]} ${showPath(at.name)}`.trim()}`;
    case 'package':
      // Its qualifiers (architecture, distribution) say nothing that the image does not.
      return `${showPath(at.image)}, ${showPath(at.purl.replace(/\?.*$/, ''))}`;
  }
}

/** The same in short, for lists of places: `path:line`, or the image and the place in it. */
export function namePlace(at: Location): string {
  if (at.kind === 'file') return `${showPath(at.path)}:${at.line}`;
  return at.kind === 'layer' ? describePlace({ ...at, state: 'present' }) : describePlace(at);
}

/** What a finding is grouped under: the file it is in, or the image. */
export function subjectOf(at: Location): string {
  return at.kind === 'file' ? showPath(at.path) : `image ${showPath(at.image)}`;
}

/** The repository line behind a finding in an image, as `path:line`; null for findings in files and without a cause. */
export function causeLine(finding: ReportFinding): string | null {
  if (finding.at.kind === 'file' || finding.anchor === null) return null;
  return `${showPath(finding.anchor.path)}:${finding.anchor.line}`;
}
