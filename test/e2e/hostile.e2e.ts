import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { node24, ownNode } from '../helpers/node24.ts';
import { need, pathOf } from '../helpers/parts.ts';
import { copyPackage, type ShippedPackage } from '../helpers/program.ts';
import { heavyImages } from '../hostile/heavy-images.ts';
import { hostileImages } from '../hostile/image-archives.ts';
import { check, type Examination, examine } from '../hostile/run-images.ts';
import { hostileTars } from '../hostile/tar-archives.ts';
import { askOracle, go, readOurs } from '../hostile/tar-oracle.ts';

const seed = 20_261_122;

/** Where we say more than Go: it stops at the end marker and does not look at what follows. */
const toldBesides = [
  'behind the last entry: another archive at once',
  'behind the last entry: the end, then an entry',
  'behind the last entry: the end, then text',
  'pax record ["size","+3"]',
];

describe('layer tars', () => {
  it("are read as Go's archive/tar reads them, or there is a problem", async (context) => {
    need(context, [go]);
    const archives = hostileTars(seed);
    expect(archives.length).toBeGreaterThan(3000);
    const theirs = await askOracle(archives);
    expect(theirs).toHaveLength(archives.length);
    const differing: string[] = [];
    const stricter: string[] = [];
    for (const [index, archive] of archives.entries()) {
      const expected = theirs[index];
      const ours = readOurs(archive, 1 + ((index * 977) % 70_000));
      const isAccepted = expected?.problem === null && !expected.isCut;
      const isEqual = isAccepted && JSON.stringify(ours.entries) === JSON.stringify(expected.entries);
      if (ours.problem === null && !isEqual) differing.push(`${archive.name}: ${JSON.stringify([ours, expected])}`);
      if (ours.problem !== null && isAccepted) stricter.push(archive.name);
    }
    expect(differing).toEqual([]);
    expect(stricter.sort()).toEqual(toldBesides);
  });
});

const mostSeconds = 10;
const mostMegabytes = 256;
const perProcess = 40;

describe('image archives', () => {
  let shipped: ShippedPackage;
  let folder: string;
  beforeAll(async () => {
    shipped = await copyPackage();
    folder = await mkdtemp(join(tmpdir(), 'hullcheck-hostile-'));
  });
  afterAll(async () => {
    await shipped?.remove();
    await rm(folder, { recursive: true, force: true });
  });

  /** What is wrong with a process, whatever it was given. */
  function faults(name: string, { exitCode, stderr, seconds, megabytes }: Examination): readonly string[] {
    const measured = `${seconds.toFixed(1)} s, ${megabytes.toFixed(0)} MiB`;
    return [
      ...([0, 1, 3].includes(exitCode ?? -1) ? [] : [`${name}: exit code ${exitCode}, ${stderr.slice(0, 2000)}`]),
      ...(seconds <= mostSeconds && megabytes <= mostMegabytes ? [] : [`${name}: ${measured}`]),
    ];
  }

  it.for([ownNode, node24].map((node) => [node.name, node] as const))(
    'are examined whole, or there is a gap; quickly, in little memory: %s',
    async ([, node], context) => {
      need(context, [node]);
      const images = await hostileImages(seed);
      expect(images.length).toBeGreaterThan(1000);
      const wrong: string[] = [];
      for (let start = 0; start < images.length; start += perProcess) {
        const batch = images.slice(start, start + perProcess);
        const named = batch.map(({ bytes }, index) => ({ name: `i${index}.tar`, bytes }));
        const result = await examine({ node: pathOf(node), cli: shipped.cli }, folder, named);
        wrong.push(...faults(batch.map(({ name }) => name).join('; '), result));
        for (const [index, { name, outcome }] of batch.entries()) {
          const own = result.gaps.filter((reason) => new RegExp(`\\bi${index}\\.tar\\b`).test(reason));
          const told = own.length > 0 ? 'gap' : 'whole';
          if (outcome !== 'either' && outcome !== told)
            wrong.push(`${name}: expected ${outcome}, gaps ${own.join('; ')}`);
        }
      }
      expect(wrong).toEqual([]);
    },
  );

  const heavy = heavyImages.map((image) => [`${image.name}, ${ownNode.name}`, image, ownNode] as const);
  // What Node 24 reads in another way than Node 20 is zstd: the rest of the large ones is read by the same code.
  const zstd = heavyImages.filter(({ name }) => name.includes('zstd'));
  const onNode24 = zstd.map((image) => [`${image.name}, ${node24.name}`, image, node24] as const);

  it.for([...heavy, ...onNode24])('%s', async ([name, image, node], context) => {
    need(context, [node]);
    await image.write(join(folder, 'heavy.tar'));
    const result = await check({ node: pathOf(node), cli: shipped.cli }, folder, ['--image', 'heavy.tar']);
    expect(faults(name, result)).toEqual([]);
    if (image.gap === null) expect(result.gaps).toEqual([]);
    else expect(result.gaps.join('\n')).toMatch(image.gap);
  });
});
