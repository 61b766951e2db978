import { describe, expect, it } from 'vitest';
import type { ImageReferenceEvidence } from '../../src/domain/evidence.ts';
import { exampleTag } from '../../src/domain/pin-advice.ts';
import { parseReference } from '../../src/domain/reference.ts';
import type { TagLevel } from '../../src/domain/rule.ts';
import { tagLevels } from '../../src/domain/rule.ts';
import type { Severity } from '../../src/domain/severity.ts';
import { gradeTag } from '../../src/domain/tag.ts';
import { floatingBaseTag } from '../../src/rules/floating-base-tag.ts';
import { unpinnedBaseImage } from '../../src/rules/unpinned-base-image.ts';
import { judge, mention } from '../helpers/image-view.ts';

const digest = `sha256:${'9c'.repeat(32)}`;
const byLevel: Readonly<Record<TagLevel, string>> = {
  none: 'node',
  channel: 'node:latest',
  codename: 'debian:bookworm',
  major: 'node:22-alpine3.21',
  minor: 'alpine:3.21',
  patch: 'redis:7.4.1-alpine',
  digest: `node:22@${digest}`,
};

function severities(text: string, minLevel: TagLevel): readonly Severity[] {
  const drafts = judge(floatingBaseTag, [mention(text)], { minLevel, overrides: [] });
  return drafts.map((draft) => draft.severity ?? floatingBaseTag.severity);
}

/** minLevel, then what codename, major, minor and patch are worth under it. */
const ladder: readonly [TagLevel, (Severity | null)[]][] = [
  ['none', [null, null, null, null]],
  ['codename', [null, null, null, null]],
  ['major', ['medium', null, null, null]],
  ['minor', ['medium', 'low', null, null]],
  ['patch', ['medium', 'low', 'low', null]],
  ['digest', ['medium', 'medium', 'medium', 'medium']],
];

describe('floating-base-tag', () => {
  it.each(ladder)('weighs by minLevel %s', (minLevel, expected) => {
    const levels = ['codename', 'major', 'minor', 'patch'] as const;
    const found = levels.map((level) => severities(byLevel[level], minLevel));
    expect(found).toEqual(expected.map((severity) => (severity === null ? [] : [severity])));
  });

  it('never reports what unpinned-base-image reports', () => {
    for (const minLevel of tagLevels) {
      for (const text of Object.values(byLevel)) {
        const evidence: readonly ImageReferenceEvidence[] = [mention(text)];
        const images = { minLevel, overrides: [] };
        const count =
          judge(floatingBaseTag, evidence, images).length + judge(unpinnedBaseImage, evidence, images).length;
        const { level } = gradeTag(
          parseReference(text) ?? { registry: '', repository: '', tag: null, digest: null, name: '' },
        );
        expect(count, `${text} under ${minLevel}`).toBe(tagLevels.indexOf(level) < tagLevels.indexOf(minLevel) ? 1 : 0);
      }
    }
  });

  it.each<[string, TagLevel, string]>([
    ['debian:bookworm', 'major', '`debian:bookworm` names a release line, which moves with every update of that line'],
    [
      'pgvector/pgvector:pg17',
      'major',
      '`pgvector/pgvector:pg17` names a variant but no version, so it moves with every release',
    ],
    [
      'node:22',
      'minor',
      '`node:22` names only a major version, which moves with every release below it; the policy asks for a minor version',
    ],
    [
      'alpine:3.21',
      'patch',
      '`alpine:3.21` names only a minor version, which moves with every patch release; the policy asks for an exact release',
    ],
    ['redis:7.4.1', 'digest', '`redis:7.4.1` names one release, date or build; the policy asks for a digest'],
  ])('words %s under %s', (text, minLevel, message) => {
    expect(judge(floatingBaseTag, [mention(text)], { minLevel, overrides: [] })[0]?.message).toBe(message);
  });

  it('follows the first override that matches', () => {
    const overrides = [
      { pattern: 'ghcr.io/me/*', level: 'digest' as const },
      { pattern: 'ghcr.io/**', level: 'none' as const },
    ];
    const images = { minLevel: 'major' as const, overrides };
    const count = (text: string) => judge(floatingBaseTag, [mention(text)], images).length;
    expect([
      count('ghcr.io/me/app:1.4.2'),
      count(`ghcr.io/me/app:1.4.2@${digest}`),
      count('ghcr.io/you/app:slim'),
    ]).toEqual([1, 0, 0]);
    expect(count('debian:bookworm')).toBe(1);
  });

  it('says what to write instead', () => {
    const fix = (text: string, minLevel: TagLevel) =>
      judge(floatingBaseTag, [mention(text)], { minLevel, overrides: [] })[0]?.fix?.description;
    expect(fix('debian:bookworm', 'major')).toBe(
      'name a version, such as `debian:12.8-slim`, or pin the digest: `debian:<version>@sha256:<digest>`',
    );
    expect(fix('node:22', 'patch')).toContain('`node:22.12.0-alpine3.21`');
    expect(fix('redis:7.4.1', 'digest')).toBe(
      'pin the digest: `redis:7.4.1@sha256:<digest>` (`docker buildx imagetools inspect redis:7.4.1` prints it)',
    );
  });

  it('suggests tags that meet the level they are suggested for', () => {
    const repositories = 'alpine caddy debian nginx node postgres python redis ubuntu ollama/ollama pgvector/pgvector';
    for (const name of repositories.split(' ')) {
      const bare = parseReference(name);
      for (const level of ['major', 'minor', 'patch'] as const) {
        const tag = bare && exampleTag(bare, level);
        expect(tag, name).toBeTruthy();
        expect(judge(floatingBaseTag, [mention(`${name}:${tag}`)], { minLevel: level, overrides: [] }), name).toEqual(
          [],
        );
      }
    }
  });

  it('asks no more of the syntax than its major version, by default', () => {
    const syntax = (text: string, minLevel: TagLevel) =>
      judge(floatingBaseTag, [mention(text, { role: 'syntax' })], { minLevel, overrides: [] }).length;
    expect(
      ['docker/dockerfile:1', 'docker/dockerfile:1.7', 'docker/dockerfile:labs'].map((text) => syntax(text, 'major')),
    ).toEqual([0, 0, 0]);
    expect(syntax('docker/dockerfile:1', 'digest')).toBe(1);
  });

  it('says nothing about what every build replaces', () => {
    const builds = [
      { kind: 'image-build' as const, dockerfile: 'Dockerfile', folder: '', contexts: ['debian:bookworm'] },
    ];
    const images = { minLevel: 'major' as const, overrides: [] };
    expect(judge(floatingBaseTag, [mention('debian:bookworm')], images, builds)).toEqual([]);
    expect(judge(floatingBaseTag, [mention('debian:trixie')], images, builds)).toHaveLength(1);
  });

  it('says nothing about what cannot be judged', () => {
    expect(
      judge(floatingBaseTag, [mention('debian:bookworm', { unresolved: ['X'] }), mention('Debian:bookworm')]),
    ).toEqual([]);
  });
});
