import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseReference } from '../../src/domain/reference.ts';

const hex = (length: number) => '0123456789abcdef'.repeat(8).slice(0, length);
const sha256 = `sha256:${hex(64)}`;

/** text, registry, repository, tag, digest */
const valid: readonly [string, string, string, string | null, string | null][] = [
  ['node', 'docker.io', 'library/node', null, null],
  ['node:22-alpine3.21', 'docker.io', 'library/node', '22-alpine3.21', null],
  ['library/node', 'docker.io', 'library/node', null, null],
  ['docker.io/node', 'docker.io', 'library/node', null, null],
  ['docker.io/library/node:22', 'docker.io', 'library/node', '22', null],
  ['index.docker.io/library/node:22', 'docker.io', 'library/node', '22', null],
  ['index.docker.io/node', 'docker.io', 'library/node', null, null],
  ['registry-1.docker.io/library/node', 'docker.io', 'library/node', null, null],
  ['docker.io/ollama/ollama:0.12.3', 'docker.io', 'ollama/ollama', '0.12.3', null],
  ['ollama/ollama', 'docker.io', 'ollama/ollama', null, null],
  ['a/b/c', 'docker.io', 'a/b/c', null, null],
  ['ghcr.io/open-webui/open-webui:main', 'ghcr.io', 'open-webui/open-webui', 'main', null],
  ['localhost/app', 'localhost', 'app', null, null],
  ['localhost:5000/app:1', 'localhost:5000', 'app', '1', null],
  ['localhost:5000', 'docker.io', 'library/localhost', '5000', null],
  [`registry:5000/team/app@${sha256}`, 'registry:5000', 'team/app', null, sha256],
  ['Registry/app:1', 'Registry', 'app', '1', null],
  ['REGISTRY.Example.COM:443/app', 'REGISTRY.Example.COM:443', 'app', null, null],
  ['[::1]/app', '[::1]', 'app', null, null],
  ['[2001:db8::1]:5000/team/app:1', '[2001:db8::1]:5000', 'team/app', '1', null],
  ['127.0.0.1:5000/app', '127.0.0.1:5000', 'app', null, null],
  [`node:22@${sha256}`, 'docker.io', 'library/node', '22', sha256],
  [`node@sha512:${hex(128)}`, 'docker.io', 'library/node', null, `sha512:${hex(128)}`],
  [`node@sha384:${hex(96)}`, 'docker.io', 'library/node', null, `sha384:${hex(96)}`],
  [`node:${'t'.repeat(128)}`, 'docker.io', 'library/node', 't'.repeat(128), null],
  ['node:_x', 'docker.io', 'library/node', '_x', null],
  ['a__b/c-d--e/f.g_h', 'docker.io', 'a__b/c-d--e/f.g_h', null, null],
  ['xn--7o8h.com/app', 'xn--7o8h.com', 'app', null, null],
];

const invalid: readonly string[] = [
  '',
  ' node',
  'node ',
  'node\n',
  'Node',
  'library/Node',
  'ghcr.io/Org/app',
  'node:',
  'node:-x',
  'node:.x',
  'node:a b',
  `node:${'t'.repeat(129)}`,
  'node@',
  'node@sha256:',
  `node@sha256:${hex(63)}`,
  `node@sha256:${hex(65)}`,
  `node@sha256:${hex(32)}`,
  `node@sha256:${hex(64).toUpperCase()}`,
  `node@sha256:${'g'.repeat(64)}`,
  `node@sha512:${hex(64)}`,
  `node@md5:${hex(32)}`,
  `node@SHA256:${hex(64)}`,
  `node@${sha256}@${sha256}`,
  `node@${sha256}:22`,
  `@${sha256}`,
  hex(64),
  'a//b',
  '/a',
  'a/',
  'a/.b',
  'a/b-',
  'a..b',
  'a___b',
  '-a/b',
  'a..b.io/c',
  'a-.io/c',
  'a.io./c',
  'a.io:/c',
  'a.io:x/c',
  '[::1/app',
  '[::g]/app',
  'http://ghcr.io/app',
  `\${IMAGE}`,
  `ghcr.io/${'a'.repeat(256)}`,
  'a/'.repeat(600),
];

describe('parseReference', () => {
  it.each(valid)('reads %s', (text, registry, repository, tag, digest) => {
    const name = text.split('@')[0] ?? '';
    expect(parseReference(text)).toEqual({
      registry,
      repository,
      tag,
      digest,
      name: tag === null ? name : name.slice(0, -tag.length - 1),
    });
  });

  it.each(invalid)('refuses %j', (text) => {
    expect(parseReference(text)).toBeNull();
  });

  it('gives back what it read, and never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[A-Za-z0-9.:@/_[\]-]*$/)), (text) => {
        const read = parseReference(text);
        if (read === null) return;
        const tag = read.tag === null ? '' : `:${read.tag}`;
        const digest = read.digest === null ? '' : `@${read.digest}`;
        expect(`${read.name}${tag}${digest}`).toBe(text);
      }),
    );
  });

  it('refuses hostile text in linear time', () => {
    const started = performance.now();
    for (const unit of ['a', 'a-', 'a.', 'a_', 'a/', '[', ':']) parseReference(`${unit.repeat(1000 / unit.length)}!`);
    expect(performance.now() - started).toBeLessThan(200);
  });
});
