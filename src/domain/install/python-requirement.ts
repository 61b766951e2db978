/** How firmly a requirement names what will be installed. `local` is a folder or file of the build itself. */
export type RequirementPin = 'hashed' | 'exact' | 'local' | 'loose';

const commit = /@[0-9a-f]{40}(?:#|$)/;
const localPath = /^(?:\.|\/|~\/|file:)/;
const archiveHash = /#(?:[^#]*&)?sha(?:256|384|512)=[0-9a-f]{64,128}/;
/** PEP 508 name and extras, then PEP 440 `==` or `===` without a wildcard. */
const exactRequirement = /^[A-Za-z0-9][\w.-]*(?:\[[^\]]*\])?(?:==|===)v?\d[\w.!+-]*(?:,.*)?$/;

/** The requirement before its options and its environment marker. */
function withoutTail(text: string): string {
  const ends = [text.indexOf(' --'), text.indexOf(';')].filter((end) => end >= 0);
  return text.slice(0, Math.min(text.length, ...ends)).trim();
}

function readUrl(spec: string): RequirementPin {
  if (archiveHash.test(spec)) return 'hashed';
  if (spec.includes('git+')) return commit.test(spec) ? 'exact' : 'loose';
  return spec.startsWith('file:') ? 'local' : 'loose';
}

/** Reads one PEP 508 requirement, URL or path, as in a requirements file (with `--hash` options) or on pip's command line. */
export function readRequirement(text: string): RequirementPin {
  if (/\s--hash[=\s]/.test(text)) return 'hashed';
  const spec = withoutTail(text);
  if (spec.includes('://')) return readUrl(spec);
  if (localPath.test(spec) || /\.(?:whl|zip|tar\.gz)$/.test(spec)) return 'local';
  return exactRequirement.test(spec.replace(/[\s()]/g, '')) ? 'exact' : 'loose';
}

export function isExactRequirement(spec: string): boolean {
  return readRequirement(spec) !== 'loose';
}

/** The name before extras and version, lower case. */
export function requirementName(spec: string): string {
  return /^[\w.-]+/.exec(spec)?.[0].toLowerCase() ?? '';
}
