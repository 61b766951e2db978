import type { ImageReference } from './reference.ts';
import type { TagLevel } from './rule.ts';

/** Tags worth copying, by repository: one that says enough for everyday use, and one that names a release. */
const exampleTags: Readonly<Record<string, { readonly line: string; readonly release: string }>> = {
  'docker.io/library/alpine': { line: '3.21', release: '3.21.0' },
  'docker.io/library/caddy': { line: '2.9-alpine', release: '2.9.1-alpine' },
  'docker.io/library/debian': { line: '12.8-slim', release: 'bookworm-20241202-slim' },
  'docker.io/library/nginx': { line: '1.27-alpine', release: '1.27.3-alpine' },
  'docker.io/library/node': { line: '22-alpine3.21', release: '22.12.0-alpine3.21' },
  'docker.io/library/postgres': { line: '17.2-alpine3.21', release: '17.2-alpine3.21' },
  'docker.io/library/python': { line: '3.12-slim-bookworm', release: '3.12.8-slim-bookworm' },
  'docker.io/library/redis': { line: '7.4-alpine', release: '7.4.1-alpine' },
  'docker.io/library/ubuntu': { line: '24.04', release: 'noble-20241118.1' },
  'docker.io/ollama/ollama': { line: '0.12.3', release: '0.12.3' },
  'docker.io/pgvector/pgvector': { line: '0.8.0-pg17', release: '0.8.0-pg17' },
};

/** The free images of these are only tagged with channels or variants: a digest is all that pins them. */
function hasOnlyChannels(reference: ImageReference): boolean {
  const path = `${reference.registry}/${reference.repository}`;
  return path.startsWith('cgr.dev/chainguard/') || path.startsWith('gcr.io/distroless/');
}

function digestAdvice(reference: ImageReference): string {
  const tag = reference.tag ?? '<version>';
  const name = `${reference.name}:${tag}`;
  return `pin the digest: \`${name}@sha256:<digest>\` (\`docker buildx imagetools inspect ${name}\` prints it)`;
}

/** The tag to show for a level: a repository without an entry gets a placeholder. */
export function exampleTag(reference: ImageReference, required: TagLevel): string | null {
  const tags = exampleTags[`${reference.registry}/${reference.repository}`];
  if (tags === undefined) return null;
  return required === 'minor' || required === 'patch' ? tags.release : tags.line;
}

/** What to write instead, for the description of a fix. Which version is the user's to choose. */
export function pinAdvice(reference: ImageReference, required: TagLevel): string {
  if (required === 'digest' || hasOnlyChannels(reference)) return digestAdvice(reference);
  const example = exampleTag(reference, required);
  const name = example === null ? '' : `, such as \`${reference.name}:${example}\``;
  return `name a version${name}, or pin the digest: \`${reference.name}:<version>@sha256:<digest>\``;
}
