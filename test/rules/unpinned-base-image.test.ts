import { describe, expect, it } from 'vitest';
import type { TagLevel } from '../../src/domain/rule.ts';
import { unpinnedBaseImage } from '../../src/rules/unpinned-base-image.ts';
import { judge, lineOf, mention } from '../helpers/image-view.ts';

const flags: readonly [string, string][] = [
  ['node:latest', '`node:latest` names a channel that moves with every release'],
  ['node', '`node` names no version, so it is whatever `latest` points to on the day of the build'],
  [
    'ghcr.io/open-webui/open-webui:main',
    '`ghcr.io/open-webui/open-webui:main` names a channel that moves with every release',
  ],
  ['nginx:stable-alpine', '`nginx:stable-alpine` names a channel that moves with every release'],
  [
    `node:22@sha256:${'0'.repeat(64)}`,
    `\`node:22@sha256:${'0'.repeat(64)}\` has a placeholder of zeros for a digest, which pins nothing`,
  ],
  ['node:22@sha256:abc123', '`node:22@sha256:abc123` has a malformed digest, which pins nothing'],
  [`node@sha256:${'A'.repeat(64)}`, `\`node@sha256:${'A'.repeat(64)}\` has a malformed digest, which pins nothing`],
];

const passes = [
  'node:22-alpine3.21',
  'node:22',
  'debian:bookworm',
  'pgvector/pgvector:pg17',
  `node@sha256:${'9c'.repeat(32)}`,
  `node:latest@sha256:${'9c'.repeat(32)}`,
  'Node:latest',
];

describe('unpinned-base-image', () => {
  it.each(flags)('flags %s', (text, message) => {
    const [draft, ...others] = judge(unpinnedBaseImage, [mention(text)]);
    expect(others).toEqual([]);
    expect(draft).toMatchObject({ message, at: lineOf('Dockerfile', 1) });
    expect(draft?.severity ?? unpinnedBaseImage.severity).toBe('high');
  });

  it.each(passes)('passes %s', (text) => {
    expect(judge(unpinnedBaseImage, [mention(text)])).toEqual([]);
  });

  it('says nothing about what a variable without a default decides', () => {
    const open = [mention(`\${IMAGE}`, { unresolved: ['IMAGE'] }), mention('node:latest', { unresolved: ['X'] })];
    expect(judge(unpinnedBaseImage, open)).toEqual([]);
  });

  it('keeps its identity when the tag changes, and differs by role', () => {
    const identities = (text: string) => judge(unpinnedBaseImage, [mention(text)]).map((draft) => draft.identity);
    expect(identities('node:latest')).toEqual([['docker.io/library/node', 'from']]);
    expect(identities('docker.io/library/node')).toEqual(identities('node:latest'));
    expect(judge(unpinnedBaseImage, [mention('node', { role: 'compose-image' })])[0]?.identity[1]).toBe(
      'compose-image',
    );
  });

  it.each([
    ['docker/dockerfile', 'medium', 'write `docker/dockerfile:1`, the channel Docker documents, or pin the digest'],
    [
      'docker/dockerfile:latest',
      'medium',
      'write `docker/dockerfile:1`, the channel Docker documents, or pin the digest',
    ],
    [
      'docker/dockerfile:labs',
      'medium',
      'write `docker/dockerfile:1-labs`, the channel Docker documents, or pin the digest',
    ],
    [
      'ghcr.io/me/frontend',
      'medium',
      'name a version, or pin the digest: `ghcr.io/me/frontend:<version>@sha256:<digest>`',
    ],
    ['docker/dockerfile:1@sha256:12', 'medium', 'write the whole digest: `sha256:` and 64 lower-case hex digits'],
  ])('weighs the syntax %s less', (text, severity, description) => {
    expect(judge(unpinnedBaseImage, [mention(text, { role: 'syntax' })])).toMatchObject([
      { severity, fix: { description } },
    ]);
  });

  it.each(['docker/dockerfile:1', 'docker/dockerfile:1.7', 'docker/dockerfile:1-labs', 'docker/dockerfile:1.7.1-labs'])(
    'passes the syntax %s',
    (text) => {
      expect(judge(unpinnedBaseImage, [mention(text, { role: 'syntax' })])).toEqual([]);
    },
  );

  it('advises no major version for the syntax where the policy asks for more', () => {
    const strict = { minLevel: 'digest' as const, overrides: [] };
    const [draft] = judge(unpinnedBaseImage, [mention('docker/dockerfile', { role: 'syntax' })], strict);
    expect(draft?.fix?.description).toContain('pin the digest: `docker/dockerfile:<version>@sha256:<digest>`');
  });

  it('says nothing about what every build replaces', () => {
    const builds = [{ kind: 'image-build' as const, dockerfile: 'Dockerfile', folder: '', contexts: ['node'] }];
    const images = { minLevel: 'major' as const, overrides: [] };
    expect(judge(unpinnedBaseImage, [mention('node:latest')], images, builds)).toEqual([]);
    expect(judge(unpinnedBaseImage, [mention('redis:latest')], images, builds)).toHaveLength(1);
  });

  it('reports an ARG once, with the places that use it', () => {
    const argument = lineOf('Dockerfile', 1);
    const uses = [4, 9].map((line) => mention('node:latest', { at: argument, usedAt: lineOf('Dockerfile', line) }));
    const drafts = judge(unpinnedBaseImage, uses);
    expect(drafts).toHaveLength(1);
    expect(drafts[0]?.related).toEqual([
      { at: lineOf('Dockerfile', 4), message: 'used here' },
      { at: lineOf('Dockerfile', 9), message: 'used here' },
    ]);
  });

  it.each<[TagLevel, number]>([
    ['none', 0],
    ['channel', 0],
    ['major', 1],
    ['digest', 1],
  ])('asks of an overridden repository for %s', (level, count) => {
    const overrides = [
      { pattern: 'ghcr.io/me/*', level },
      { pattern: '**', level: 'digest' as const },
    ];
    const images = { minLevel: 'major' as const, overrides };
    expect(judge(unpinnedBaseImage, [mention('ghcr.io/me/app:latest')], images)).toHaveLength(count);
  });

  it.each(['node', 'library/node', 'docker.io/library/node', '**/node', 'nod?'])(
    'finds Docker Hub images by %s',
    (pattern) => {
      const images = { minLevel: 'major' as const, overrides: [{ pattern, level: 'none' as const }] };
      expect(judge(unpinnedBaseImage, [mention('node')], images)).toEqual([]);
      expect(judge(unpinnedBaseImage, [mention('ghcr.io/me/app')], images)).toHaveLength(1);
    },
  );

  it.each([
    ['node', 'name a version, such as `node:22-alpine3.21`, or pin the digest: `node:<version>@sha256:<digest>`'],
    [
      'ollama/ollama:latest',
      'name a version, such as `ollama/ollama:0.12.3`, or pin the digest: `ollama/ollama:<version>@sha256:<digest>`',
    ],
    [
      'docker.io/redis',
      'name a version, such as `docker.io/redis:7.4-alpine`, or pin the digest: `docker.io/redis:<version>@sha256:<digest>`',
    ],
    ['ghcr.io/me/app', 'name a version, or pin the digest: `ghcr.io/me/app:<version>@sha256:<digest>`'],
    [
      'cgr.dev/chainguard/python:latest',
      'pin the digest: `cgr.dev/chainguard/python:latest@sha256:<digest>` (`docker buildx imagetools inspect cgr.dev/chainguard/python:latest` prints it)',
    ],
  ])('says what to write instead of %s', (text, description) => {
    expect(judge(unpinnedBaseImage, [mention(text)])[0]?.fix).toEqual({ description, edits: [] });
  });
});
