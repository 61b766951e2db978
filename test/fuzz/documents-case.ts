import { createHash } from 'node:crypto';
import type { DocumentReader } from '../../src/sources/image/documents.ts';
import { blobName, isBlobProblem, readConfig, readDockerManifest } from '../../src/sources/image/manifest.ts';
import { readOciLayout } from '../../src/sources/image/oci-layout.ts';
import { readProvenance } from '../../src/sources/image/provenance.ts';
import { settingsOf } from '../../src/sources/image/settings.ts';
import type { Random } from '../hostile/random.ts';
import type { FuzzCase } from './fuzz.ts';
import { mutate } from './mutate.ts';

const values = [
  null,
  true,
  0,
  -1,
  1e308,
  '',
  'x',
  [],
  {},
  [null],
  [[]],
  { digest: 0 },
  '__proto__',
  '\u0000\u001b',
] as const;

/** The JSON with some values replaced by others, or its bytes changed. */
function damage(value: unknown, random: Random): Buffer {
  const text = JSON.stringify(value, (_, part: unknown) =>
    random.below(25) === 0 ? structuredClone(random.pick(values)) : part,
  );
  const bytes = Buffer.from(text);
  return random.below(4) === 0 ? mutate(bytes, random) : bytes;
}

const isDamaged = (random: Random) => random.below(2) === 0;

/** One image with provenance, any of its documents damaged, with digests that fit. */
function makeDocuments(random: Random): { readonly documents: DocumentReader; readonly docker: boolean } {
  const blobs = new Map<string, Buffer>();
  const plain = (value: unknown) => Buffer.from(JSON.stringify(value));
  const add = (value: unknown) => {
    const bytes = isDamaged(random) ? damage(value, random) : plain(value);
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    blobs.set(blobName(digest), bytes);
    return { digest, size: bytes.length };
  };
  const diffIds = ['a', 'b'].map((digit) => `sha256:${digit.repeat(64)}`);
  const config = add({
    ...{ os: 'linux', architecture: 'amd64', rootfs: { type: 'layers', diff_ids: diffIds } },
    config: { Env: ['A=b'], Labels: { a: 'b' }, Entrypoint: ['x'], Healthcheck: { Test: ['CMD', 'x'] }, User: '1' },
    history: [{ created_by: 'RUN x' }, { created_by: 'ENV A=b', empty_layer: true }, { created_by: 'COPY . .' }],
  });
  const layers = diffIds.map((digest) => ({ digest, mediaType: 'application/vnd.oci.image.layer.v1.tar' }));
  const image = add({ schemaVersion: 2, config, layers });
  const location = { locations: [{ ranges: [{ start: { line: 1 }, end: { line: 2 } }] }] };
  const metadata = {
    source: { locations: { step1: location }, infos: [{ filename: 'Dockerfile', data: 'RlJPTSB4ClJVTiB4Cg==' }] },
    layers: { 'step1:0': [layers] },
  };
  const statement = add({
    predicateType: 'https://slsa.dev/provenance/v0.2',
    predicate: {
      invocation: { parameters: { args: { 'build-arg:TOKEN': 'x' } } },
      buildConfig: { llbDefinition: [{ id: 'step1', op: { Op: null }, inputs: ['step0:0'] }] },
      metadata: { 'https://mobyproject.org/buildkit@v1#metadata': metadata },
    },
  });
  const attestation = add({ config, layers: [{ ...statement, mediaType: 'application/vnd.in-toto+json' }] });
  const annotations = {
    'vnd.docker.reference.type': 'attestation-manifest',
    'vnd.docker.reference.digest': image.digest,
  };
  const nested = add({
    manifests: [
      { ...image, platform: { os: 'linux', architecture: 'amd64' } },
      { ...attestation, annotations },
    ],
  });
  const root = { schemaVersion: 2, manifests: [nested] };
  blobs.set('index.json', isDamaged(random) ? damage(root, random) : plain(root));
  const docker = [{ Config: blobName(config.digest), RepoTags: ['a:1'], Layers: diffIds.map(blobName) }];
  blobs.set('manifest.json', isDamaged(random) ? damage(docker, random) : plain(docker));
  const read: DocumentReader['read'] = async (name) => blobs.get(name) ?? { problem: `${name} is missing` };
  return { documents: { read }, docker: random.below(3) === 0 };
}

/** Indexes, manifests, configs and provenance as they are read of an archive. */
export function createDocumentsCase(): FuzzCase {
  return async (random) => {
    const { documents, docker } = makeDocuments(random);
    const listed = docker ? await readDockerManifest(documents) : await readOciLayout(documents, null);
    if ('problem' in listed) return true;
    const images = 'manifests' in listed ? listed.manifests : listed;
    let problems = 'problems' in listed ? listed.problems.length : 0;
    for (const manifest of images) {
      const config = await readConfig(documents, manifest, 'app.tar');
      if (isBlobProblem(config)) problems += 1;
      else settingsOf(config.image, config.commandWords);
      const digests = manifest.layers.map((layer) => layer.digest);
      problems += (await readProvenance(documents, manifest.attestations, digests)).problems.length;
    }
    return problems > 0;
  };
}
