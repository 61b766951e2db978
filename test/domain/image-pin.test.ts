import { describe, expect, it } from 'vitest';
import type { ImageBuildEvidence, ImageReferenceEvidence } from '../../src/domain/evidence.ts';
import { contextName, readPins } from '../../src/domain/image-pin.ts';
import { lineOf, mention } from '../helpers/image-view.ts';

const images = { minLevel: 'major' as const, overrides: [] };

function build(dockerfile: string, ...contexts: readonly string[]): ImageBuildEvidence {
  return { kind: 'image-build', dockerfile, folder: null, contexts };
}

function texts(mentions: readonly ImageReferenceEvidence[], builds: readonly ImageBuildEvidence[]): readonly string[] {
  return readPins(mentions, builds, images).map((pin) => pin.evidence.text);
}

describe('contextName', () => {
  it.each([
    ['alpine', 'alpine'],
    ['alpine:latest', 'alpine'],
    ['docker.io/library/alpine:latest', 'alpine'],
    ['alpine:3.21', 'alpine:3.21'],
    ['me/app', 'me/app'],
    ['ghcr.io/me/app:1', 'ghcr.io/me/app:1'],
    [`alpine@sha256:${'9c'.repeat(32)}`, `alpine@sha256:${'9c'.repeat(32)}`],
    [`alpine:latest@sha256:${'9c'.repeat(32)}`, `alpine:latest@sha256:${'9c'.repeat(32)}`],
    ['No Reference', 'No Reference'],
  ])('%s', (text, name) => {
    expect(contextName(text)).toBe(name);
  });
});

describe('readPins', () => {
  it.each<readonly [string, Partial<ImageReferenceEvidence>, string, boolean]>([
    ['FROM', {}, 'node', true],
    ['COPY --from', { role: 'copy-from' }, 'node', true],
    ['another name', {}, 'node:22', false],
    ['another spelling', {}, 'docker.io/library/node:latest', true],
    ['another Dockerfile', { at: lineOf('api/Dockerfile', 1) }, 'node', false],
    ['the syntax', { role: 'syntax' }, 'node', false],
    ['no Dockerfile', { role: 'compose-image' }, 'node', false],
  ])('leaves out what the build replaces: %s', (_, change, context, isReplaced) => {
    const found = texts([mention('node', change)], [build('Dockerfile', 'src', context)]);
    expect(found).toEqual(isReplaced ? [] : ['node']);
  });

  it('leaves out only what every build of the Dockerfile replaces', () => {
    const mentions = [mention('a'), mention('b'), mention('c')];
    const builds = [build('Dockerfile', 'a', 'b'), build('Dockerfile', 'b', 'c'), build('other/Dockerfile')];
    expect(texts(mentions, builds)).toEqual(['a', 'c']);
    expect(texts(mentions, builds.toReversed())).toEqual(['a', 'c']);
    expect(texts(mentions, [...builds, build('Dockerfile')])).toEqual(['a', 'b', 'c']);
  });

  it.each([
    ['docker/dockerfile', 'none'],
    ['docker/dockerfile:latest', 'channel'],
    ['docker/dockerfile:labs', 'channel'],
    ['docker/dockerfile:1', 'major'],
    ['docker/dockerfile:1-labs', 'major'],
    ['docker/dockerfile:1.7', 'minor'],
    ['docker/dockerfile:1.7-labs', 'minor'],
    ['docker/dockerfile:1.7.1', 'patch'],
    ['docker/dockerfile-upstream:master', 'channel'],
    [`docker/dockerfile:labs@sha256:${'9c'.repeat(32)}`, 'digest'],
  ])('grades the syntax %s', (text, level) => {
    expect(readPins([mention(text, { role: 'syntax' })], [], images)[0]?.grade.level).toBe(level);
  });

  it('takes labs for a channel of frontends only', () => {
    expect(readPins([mention('node:labs')], [], images)[0]?.grade.level).toBe('codename');
  });
});
