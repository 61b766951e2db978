/**
 * An image reference as the distribution grammar has it: registry/repository:tag@digest
 * (distribution/reference, reference.go and normalize.go). `registry` is as written, or `docker.io` for Docker Hub under
 * any of its names; `repository` has `library/` only where Docker Hub implies it.
 */
export interface ImageReference {
  readonly registry: string;
  readonly repository: string;
  readonly tag: string | null;
  readonly digest: string | null;
  /** The text before tag and digest, exactly as written: what a fix keeps. */
  readonly name: string;
}

const dockerHub = 'docker.io';
const dockerHubNames = [dockerHub, 'index.docker.io', 'registry-1.docker.io'];
const longestReference = 1024;
const longestRepository = 255;

const hostPattern =
  /^(?:\[[0-9A-Fa-f:]+\]|[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*)(?::[0-9]+)?$/;
const componentPattern = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const tagPattern = /^\w[\w.-]{0,127}$/;
/** The registered algorithms of opencontainers/go-digest, lower case only, as its `Validate` asks. */
const digestPattern = /^(?:sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128})$/;
/** A bare image ID, which normalize.go refuses as a name. */
const identifierPattern = /^[0-9a-f]{64}$/;

/** splitDockerDomain in normalize.go: anything else before the first slash belongs to the repository. */
function isHost(candidate: string): boolean {
  return /[.:]/.test(candidate) || candidate === 'localhost' || candidate !== candidate.toLowerCase();
}

function splitHost(name: string): { host: string; path: string } {
  const slash = name.indexOf('/');
  const first = slash < 0 ? '' : name.slice(0, slash);
  return slash >= 0 && isHost(first) ? { host: first, path: name.slice(slash + 1) } : { host: dockerHub, path: name };
}

function parseName(name: string): { registry: string; repository: string } | null {
  if (identifierPattern.test(name)) return null;
  const { host, path } = splitHost(name);
  if (!hostPattern.test(host) || path.length > longestRepository) return null;
  if (!path.split('/').every((component) => componentPattern.test(component))) return null;
  if (!dockerHubNames.includes(host)) return { registry: host, repository: path };
  return { registry: dockerHub, repository: path.includes('/') ? path : `library/${path}` };
}

/** Null when the text is no valid reference, e.g. upper case in the repository or a malformed digest. */
export function parseReference(text: string): ImageReference | null {
  if (text.length > longestReference) return null;
  const at = text.indexOf('@');
  const digest = at < 0 ? null : text.slice(at + 1);
  if (digest !== null && !digestPattern.test(digest)) return null;
  const beforeDigest = at < 0 ? text : text.slice(0, at);
  const colon = beforeDigest.lastIndexOf(':');
  const hasTag = colon > beforeDigest.lastIndexOf('/');
  const name = hasTag ? beforeDigest.slice(0, colon) : beforeDigest;
  const tag = hasTag ? beforeDigest.slice(colon + 1) : null;
  if (tag !== null && !tagPattern.test(tag)) return null;
  const parts = parseName(name);
  return parts === null ? null : { ...parts, tag, digest, name };
}
