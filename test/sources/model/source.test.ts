import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Evidence } from '../../../src/domain/evidence.ts';
import { type Gap, gap } from '../../../src/domain/gap.ts';
import { UsageError } from '../../../src/domain/usage-error.ts';
import { imageModelGlobs, modelSource } from '../../../src/sources/model/source.ts';
import type { FileTree } from '../../../src/sources/workspace/file-tree.ts';
import { memoryTree } from '../../helpers/memory-tree.ts';
import { modelContext } from '../../helpers/model-example.ts';

const gguf = Buffer.concat([Buffer.from('GGUF\x03\0\0\0', 'latin1'), Buffer.alloc(64)]);
const digest = createHash('sha256').update(gguf).digest('hex');
const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${digest}\nsize 72\n`;

function manifestOf(path: string, fileLines = '', policy = ''): string {
  return `version: 1\n${policy}models:\n  - name: tiny\n    files:\n      - path: ${path}\n        sha256: ${digest}\n${fileLines}`;
}

async function collect(tree: FileTree, models: string | null = null, onDisk: readonly string[] = []) {
  const items: (Evidence | Gap)[] = [];
  for await (const item of modelSource.collect(modelContext(tree, models, onDisk))) items.push(item);
  const files = items.flatMap((item) => ('kind' in item && item.kind === 'model-file' ? [item] : []));
  const gaps = items.flatMap((item) => ('kind' in item ? [] : [item]));
  return { items, files, gaps };
}

describe('modelSource', () => {
  it('declares what the manifest lists, with places', async () => {
    const text = manifestOf('models/tiny.gguf', '        size: 72\n        in_image: [/app/models/*.gguf]\n');
    const { items } = await collect(memoryTree({ 'model-manifest.yml': text }));
    expect(items).toEqual([
      { kind: 'model-manifest', path: 'model-manifest.yml', unlisted: 'error', missing: 'error' },
      {
        kind: 'model-declaration',
        at: { kind: 'file', path: 'model-manifest.yml', line: 5, column: 15, endLine: 5, endColumn: 31 },
        sha256At: { kind: 'file', path: 'model-manifest.yml', line: 6, column: 17, endLine: 6, endColumn: 81 },
        model: 'tiny',
        path: 'models/tiny.gguf',
        sha256: digest,
        size: 72,
        inImage: ['app/models/*.gguf'],
      },
    ]);
  });

  it.each([
    ['hashes a listed file', gguf, '', { format: 'gguf', sha256: digest, pointer: null, size: 72 }],
    ['hashes a listed file of the listed size', gguf, 'size: 72', { sha256: digest }],
    ['does not hash a file of another size', gguf, 'size: 73', { sha256: null, size: 72, format: 'gguf' }],
    [
      'knows a pointer',
      Buffer.from(pointer),
      '',
      { sha256: null, pointer: { sha256: digest, size: 72 }, format: 'unknown' },
    ],
    [
      'knows an error page',
      Buffer.from('<html></html>'),
      'size: 72',
      { format: 'unknown', pointer: null, sha256: null },
    ],
    ['knows an empty file', Buffer.alloc(0), 'size: 72', { format: 'unknown', size: 0 }],
  ])('%s', async (_, content, line, expected) => {
    const text = manifestOf('models/tiny.gguf', line === '' ? '' : `        ${line}\n`);
    const { files } = await collect(memoryTree({ 'model-manifest.yml': text, 'models/tiny.gguf': content }));
    expect(files).toEqual([expect.objectContaining({ path: 'models/tiny.gguf', isListed: true, ...expected })]);
  });

  it('hashes a listed file that no name calls a model', async () => {
    const { files } = await collect(
      memoryTree({ 'model-manifest.yml': manifestOf('tokenizer.json'), 'tokenizer.json': '{}' }),
    );
    const sha256 = createHash('sha256').update('{}').digest('hex');
    expect(files).toEqual([expect.objectContaining({ path: 'tokenizer.json', sha256, isListed: true })]);
  });

  it('finds models by name, and by content where the name says nothing', async () => {
    const tree = memoryTree({
      'a.gguf': gguf,
      'b.safetensors': 'not one',
      'blobs/sha256-00': gguf,
      'c.bin': gguf,
      'd.bin': Buffer.alloc(100),
      'e.pkl': Buffer.from('\x80\x02}q\0.', 'latin1'),
      'f.pkl': 'PKL language, not a pickle',
      'g.py': gguf,
      'h.onnx': pointer,
      'small.bin': gguf.subarray(0, 60),
    });
    const { files, gaps } = await collect(tree);
    expect(gaps).toEqual([]);
    expect(files.map(({ path, format, isListed }) => [path, format, isListed])).toEqual([
      ['a.gguf', 'gguf', false],
      ['b.safetensors', 'unknown', false],
      ['blobs/sha256-00', 'gguf', false],
      ['c.bin', 'gguf', false],
      ['e.pkl', 'pickle', false],
      ['h.onnx', 'unknown', false],
    ]);
    expect(files.at(-1)?.pointer).toEqual({ sha256: digest, size: 72 });
  });

  it('opens only files whose names say nothing', async () => {
    const opened: string[] = [];
    const tree = memoryTree({
      'a.py': 'x'.repeat(100),
      'b.txt': 'x'.repeat(100),
      c: 'x'.repeat(100),
      d: 'x',
      Makefile: 'x'.repeat(100),
    });
    const readStart: FileTree['readStart'] = (path, length, source) => {
      opened.push(`${path} ${length}`);
      return tree.readStart(path, length, source);
    };
    await collect({ ...tree, readStart });
    expect(opened).toEqual(['c 64']);
  });

  it('leaves out unlisted files below min_size, told by what a pointer stands for', async () => {
    const big = pointer.replace('size 72', 'size 5000');
    const policy = 'policy: { min_size: 1000 }\n';
    const tree = memoryTree({
      'model-manifest.yml': manifestOf('listed.gguf', '', policy),
      'listed.gguf': gguf,
      'small.gguf': gguf,
      'small.bin': gguf,
      'big.gguf': big,
    });
    expect((await collect(tree)).files.map((file) => file.path)).toEqual(['big.gguf', 'listed.gguf']);
  });

  it.each(['model-manifest.yaml', 'model-manifest.json'])('finds %s', async (name) => {
    const { items } = await collect(memoryTree({ [name]: '{"version": 1, "models": []}' }));
    expect(items).toEqual([{ kind: 'model-manifest', path: name, unlisted: 'error', missing: 'error' }]);
  });

  it('does not look for a manifest in folders', async () => {
    expect((await collect(memoryTree({ 'docs/model-manifest.yml': 'broken: [' }))).items).toEqual([]);
  });

  it('reads the manifest that was named', async () => {
    const tree = memoryTree({
      'deploy/models.yml': 'version: 1\npolicy: { unlisted: off, missing: warn }\nmodels: []\n',
    });
    expect((await collect(tree, './deploy/models.yml')).items).toEqual([
      { kind: 'model-manifest', path: 'deploy/models.yml', unlisted: 'off', missing: 'warn' },
    ]);
  });

  it('refuses a named manifest that does not exist', async () => {
    const found = collect(memoryTree({}), 'deploy/models.yml');
    await expect(found).rejects.toThrow(UsageError);
    await expect(found).rejects.toThrow('the model manifest deploy/models.yml does not exist');
  });

  it('has a gap for a named manifest that is there but not examined', async () => {
    const { items, gaps } = await collect(memoryTree({ 'a.gguf': gguf }), 'models.yml', ['/repository/models.yml']);
    expect(gaps.map((one) => [one.source, one.subject])).toEqual([['model', 'models.yml']]);
    expect(items).toHaveLength(1);
  });

  it('refuses two manifests and a broken one', async () => {
    const text = 'version: 1\nmodels: []\n';
    const two = collect(memoryTree({ 'model-manifest.yml': text, 'model-manifest.json': text }));
    await expect(two).rejects.toThrow('there is more than one model manifest: model-manifest.yml, model-manifest.json');
    await expect(collect(memoryTree({ 'model-manifest.yml': 'version: 3\nmodels: []\n' }))).rejects.toThrow(UsageError);
  });

  it('has a gap for every demand that nothing examines', async () => {
    const policy = 'policy: { formats: { deny: [pickle] }, limits: { max_size: 1 }, licenses: { allow: [MIT] } }\n';
    const text = `version: 1\n${policy}models: [{ name: a, signature: { oms: s, key: k }, files: [{ path: a, sha256: ${digest} }] }]\n`;
    const { gaps } = await collect(memoryTree({ 'model-manifest.yml': text }));
    expect(gaps.map((one) => one.subject)).toEqual([
      'model-manifest.yml policy.formats.deny',
      'model-manifest.yml policy.limits',
      'model-manifest.yml policy.licenses.allow',
      'model-manifest.yml models[].signature',
    ]);
  });

  describe('with files that cannot be read', () => {
    const refuse = async (path: string, source: string) => gap(source, path, `${path} cannot be read`, 'check it');
    const readable = memoryTree({
      'model-manifest.yml': manifestOf('a.gguf'),
      'a.gguf': gguf,
      'b.gguf': gguf,
      c: gguf,
    });

    it('has gaps, and still says that the models are there', async () => {
      const tree: FileTree = { ...readable, readStart: (path, _, source) => refuse(path, source) };
      const { files, gaps } = await collect(tree);
      expect(gaps.map((one) => one.subject)).toEqual(['a.gguf', 'b.gguf', 'c']);
      expect(files.map(({ path, sha256, isListed }) => [path, sha256, isListed])).toEqual([
        ['a.gguf', null, true],
        ['b.gguf', null, false],
      ]);
    });

    it('has a gap for a file that breaks off while it is hashed', async () => {
      const { files, gaps } = await collect({ ...readable, sha256: refuse });
      expect(gaps.map((one) => one.subject)).toEqual(['a.gguf']);
      expect(files[0]).toMatchObject({ path: 'a.gguf', sha256: null, isListed: true });
    });

    it('tells nothing but the gap when it is the manifest', async () => {
      const { items, gaps } = await collect({ ...readable, readText: refuse });
      expect(gaps.map((one) => one.subject)).toEqual(['model-manifest.yml']);
      expect(items).toHaveLength(1);
    });
  });

  it('examines manifests and what may be a model', () => {
    const examined = ['model-manifest.yml', 'a.gguf', 'weights', 'a.py', 'docs/model-manifest.yml'].filter((path) =>
      modelSource.examines({ path, size: 100, isTracked: true }),
    );
    expect(examined).toEqual(['model-manifest.yml', 'a.gguf', 'weights']);
  });
});

describe('imageModelGlobs', () => {
  it('gives each glob once', async () => {
    const text = `version: 1\nmodels:\n  - name: a\n    files:\n      - { path: a, sha256: ${digest}, in_image: [/m/*, n/**] }\n      - { path: b, sha256: ${digest}, in_image: [m/*] }\n`;
    const { items } = await collect(memoryTree({ 'model-manifest.yml': text }));
    const declarations = items.flatMap((item) => ('kind' in item && item.kind === 'model-declaration' ? [item] : []));
    expect(imageModelGlobs(declarations)).toEqual(['m/*', 'n/**']);
  });
});
