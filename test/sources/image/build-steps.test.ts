import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildImage, sha256, tarOf } from '../../../src/demo/docker-save.ts';
import { run } from '../../../src/run.ts';
import { readBuildSteps } from '../../../src/sources/image/build-steps.ts';
import { hostOn, imageAt, inFolder, requestFor, whereOf } from '../../helpers/check-example.ts';
import {
  addImage,
  addStatement,
  collectBlobs,
  layoutFiles,
  tarEntries,
  writeFolder,
} from '../../helpers/image-forms.ts';

const dockerfile = [
  '# syntax=docker/dockerfile:1',
  'FROM alpine:3.21 AS build',
  'RUN echo one \\',
  '  && echo two',
  '',
  'FROM alpine:3.21',
  'WORKDIR /app',
  'COPY --from=build /x /app/x',
  'COPY . .',
  'RUN <<E',
  'rm .env',
  'E',
  '',
].join('\n');

const digests = ['a', 'b', 'c', 'd', 'e', 'f'].map((digit) => `sha256:${digit.repeat(64)}`);

interface Recorded {
  /** Step -> its locations, each the lines of one range per line. */
  readonly locations: Readonly<Record<string, readonly (readonly number[])[]>>;
  /** Step and output -> the chains, one for each compression. */
  readonly layers: Readonly<Record<string, readonly (readonly string[])[]>>;
  readonly text?: string;
}

function metadataOf({ locations, layers, text = dockerfile }: Recorded) {
  const ranges = (lines: readonly number[]) => ({
    ranges: lines.map((line) => ({ start: { line }, end: { line } })),
  });
  const written = Object.entries(locations).map(([step, places]) => [step, { locations: places.map(ranges) }]);
  const chains = Object.entries(layers).map(([key, variants]) => [
    key,
    variants.map((chain) =>
      chain.map((digest) => ({ mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', digest, size: 1 })),
    ),
  ]);
  return {
    source: {
      locations: Object.fromEntries(written),
      infos: [{ filename: 'Dockerfile', language: 'Dockerfile', data: Buffer.from(text).toString('base64') }],
    },
    layers: Object.fromEntries(chains),
  };
}

/** A statement of SLSA v0.2, and of v1 as BuildKit 0.27 and as some earlier version write it. */
const shapes: readonly (readonly [string, (recorded: Recorded) => Readonly<Record<string, unknown>>])[] = [
  [
    'SLSA v0.2',
    (recorded) => ({
      predicateType: 'https://slsa.dev/provenance/v0.2',
      predicate: { metadata: { 'https://mobyproject.org/buildkit@v1#metadata': metadataOf(recorded) } },
    }),
  ],
  [
    'SLSA v1',
    (recorded) => ({
      predicateType: 'https://slsa.dev/provenance/v1',
      predicate: { runDetails: { metadata: { buildkit_metadata: metadataOf(recorded) } } },
    }),
  ],
  [
    'SLSA v1 with the key of v0.2',
    (recorded) => ({
      predicateType: 'https://slsa.dev/provenance/v1',
      predicate: {
        runDetails: { metadata: { 'https://mobyproject.org/buildkit@v1#metadata': metadataOf(recorded) } },
      },
    }),
  ],
];
const [, slsa02] = shapes[0] ?? ['', () => ({})];

/** As BuildKit records the Dockerfile above: two base layers, stages that share their FROM, a step without a line. */
const recorded: Recorded = {
  locations: {
    step0: [[6], [2]],
    step1: [[7]],
    step2: [],
    step3: [[3, 4]],
    step4: [[8]],
    step5: [[9]],
    step6: [[10, 11, 12]],
  },
  layers: {
    'step6:0': [digests],
    'step0:0': [digests.slice(0, 2)],
    'step1:0': [digests.slice(0, 3)],
    'step4:0': [digests.slice(0, 4)],
    'step5:0': [digests.slice(0, 5)],
  },
};

function placesOf(statement: Readonly<Record<string, unknown>>, of: readonly (string | null)[] = digests) {
  return readBuildSteps(statement, of)
    .map(({ layer, line, endLine }) => `${layer}: ${line}-${endLine}`)
    .sort();
}

const change = (more: Partial<Recorded>) => slsa02({ ...recorded, ...more });

describe.each(shapes)('%s', (_, shape) => {
  it('names the line behind each layer', () => {
    expect(placesOf(shape(recorded))).toEqual(['0: 6-6', '1: 6-6', '2: 7-7', '3: 8-8', '4: 9-9', '5: 10-12']);
  });
});

it('keeps the name of the file and the text of the instruction', () => {
  const steps = readBuildSteps(slsa02(recorded), digests);
  expect(steps.find(({ layer }) => layer === 3)).toEqual({
    layer: 3,
    dockerfile: 'Dockerfile',
    line: 8,
    endLine: 8,
    instruction: 'COPY --from=build /x /app/x',
  });
  expect(steps.find(({ layer }) => layer === 5)?.instruction).toBe('RUN <<E rm .env');
});

it('takes of several compressions the one that the image has', () => {
  const other = digests.map((digest) => digest.replace(/.$/, '0'));
  const layers = { 'step5:0': [other.slice(0, 5), digests.slice(0, 5)], 'step6:0': [other] };
  expect(placesOf(change({ layers }))).toEqual(['4: 9-9']);
});

it.each<[string, Partial<Recorded>]>([
  ['a chain that is not the start of the image', { layers: { 'step5:0': [digests.slice(1, 4)] } }],
  ['a chain longer than the image', { layers: { 'step5:0': [[...digests, digests[0] ?? '']] } }],
  ['no chain', { layers: { 'step5:0': [[]] } }],
  ['a line outside the file', { locations: { step5: [[99]] }, layers: { 'step5:0': [digests.slice(0, 5)] } }],
  ['a comment line', { locations: { step5: [[1]] }, layers: { 'step5:0': [digests.slice(0, 5)] } }],
  ['a key of another form', { layers: { step5: [digests.slice(0, 5)], 'x:0': [digests.slice(0, 3)] } }],
  ['no Dockerfile', { text: '' }],
])('%s tells nothing', (_, more) => {
  expect(placesOf(change(more))).toEqual([]);
});

it('layers whose digest is not known are not placed', () => {
  expect(
    placesOf(
      slsa02(recorded),
      digests.map(() => null),
    ),
  ).toEqual([]);
});

it.each([
  ['an SBOM', { ...slsa02(recorded), predicateType: 'https://spdx.dev/Document' }],
  ['mode=min', { predicateType: 'https://slsa.dev/provenance/v0.2', predicate: { metadata: {} } }],
  ['nothing', {}],
])('%s has no steps', (_, statement) => {
  expect(readBuildSteps(statement, digests)).toEqual([]);
});

it('never throws on any statement, and places only layers of the image', () => {
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { depthSize: 'small' },
      fc.jsonValue(),
      fc.array(tie('any'), { maxLength: 3 }),
      fc.constant(digests.slice(0, 2)),
    ),
  })).any;
  const metadata = fc.record({
    source: fc.oneof(
      value,
      fc.record({ locations: fc.oneof(value, fc.dictionary(fc.constantFrom('step0', 'step1'), value)), infos: value }),
    ),
    layers: fc.oneof(value, fc.dictionary(fc.constantFrom('step0:0', 'step1:0', 'step'), value)),
  });
  fc.assert(
    fc.property(metadata, (foreign) => {
      const statement = {
        ...slsa02(recorded),
        predicate: { metadata: { buildkit_metadata: { ...metadataOf(recorded), ...foreign } } },
      };
      for (const { layer } of readBuildSteps(statement, digests)) expect(digests[layer]).toBeDefined();
    }),
  );
});

describe('in a whole check', () => {
  const content = {
    tag: 'app:1',
    user: '1000',
    steps: [
      { createdBy: 'RUN something else entirely', files: { 'etc/os-release': 'ID=alpine\n' } },
      { createdBy: 'RUN nothing like it', files: { 'app/x': '1' } },
      { createdBy: '', files: { 'app/.env': 'A_KEY=q8Zr-real\n' } },
    ],
  };
  const text = 'FROM alpine:3.21\nWORKDIR /app\nRUN make x\nCOPY . .\nUSER 1000\n';

  async function check(here: string, recordedText = text) {
    return await inFolder(async (folder) => {
      const repository = join(folder, 'repository');
      await writeFolder(repository, { Dockerfile: here, '.dockerignore': '.git\n' });
      const image = await buildImage(content);
      const blobs = collectBlobs();
      const manifest = addImage(blobs, image);
      const chain = image.layers.map((layer) => `sha256:${sha256(layer)}`);
      const statement = slsa02({
        text: recordedText,
        locations: { step0: [[1]], step1: [[3]], step2: [[4]] },
        layers: { 'step0:0': [chain.slice(0, 1)], 'step1:0': [chain.slice(0, 2)], 'step2:0': [chain] },
      });
      const target = join(folder, 'app.tar');
      await writeFile(
        target,
        await tarOf(tarEntries(layoutFiles(blobs, [manifest, addStatement(blobs, manifest, statement)]))),
      );
      const { findings, gaps, coverage } = await run(
        requestFor(repository, { images: [imageAt(target, 'app.tar')] }),
        hostOn(),
      );
      expect(gaps).toEqual([]);
      const leaks = findings.filter(({ ruleId }) => ruleId === 'leaked-dotenv');
      return {
        places: leaks.map(whereOf),
        fix: leaks[0]?.fix,
        related: leaks[0]?.related,
        pairing: coverage.pairings[0],
      };
    });
  }

  it('the line is exact though the history says nothing', async () => {
    const { places, pairing, fix, related } = await check(text);
    expect(places).toEqual(['Dockerfile:4']);
    expect(pairing).toMatchObject({
      dockerfile: 'Dockerfile',
      pairing: 'lines of 3 of 3 layers from its build provenance',
    });
    expect(fix?.edits).toEqual([{ path: '.dockerignore', line: 1, endLine: 1, newText: '.git\n**/.env' }]);
    expect(related?.map(({ at, message }) => [at, message])).toEqual([
      [expect.objectContaining({ path: '.dockerignore', line: 1 }), 'should hold it back and does not'],
    ]);
  });

  it('follows an instruction that has moved since', async () => {
    const { places, pairing } = await check(`# a new first line\n\n${text}`);
    expect(places).toEqual(['Dockerfile:6']);
    expect(pairing?.pairing).toBe('lines of 3 of 3 layers from its build provenance');
  });

  it('places what is unchanged of a file that was edited', async () => {
    const { places, pairing } = await check(text.replace('make x', 'make y'));
    expect(places).toEqual(['Dockerfile:4']);
    expect(pairing?.pairing).toBe('lines of 2 of 3 layers from its build provenance');
  });

  it('a Dockerfile that is another one is not taken for it', async () => {
    const { places, pairing } = await check('FROM debian:12.8\nRUN true\n');
    expect(places).toEqual(['image:app/.env']);
    expect(pairing).toMatchObject({ dockerfile: null });
  });
});
