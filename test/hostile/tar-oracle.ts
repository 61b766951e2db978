import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defaultLimits } from '../../src/domain/image-limits.ts';
import { decodeName } from '../../src/sources/image/tar-header.ts';
import { TarReader } from '../../src/sources/image/tar-reader.ts';
import { firstExecutable, type Part } from '../helpers/parts.ts';
import { execute, perform } from '../helpers/program.ts';
import type { Hostile } from './tar-seeds.ts';

const places = (process.env['PATH'] ?? '').split(':').map((folder) => join(folder, 'go'));

export const go: Part = {
  name: 'go',
  path: firstExecutable([...places, '/usr/local/go/bin/go']),
  install: 'apt-get install golang-go',
};

/** What a reader makes of a tar. */
export interface Listing {
  readonly entries: readonly string[];
  readonly problem: string | null;
  /** A body was longer than is compared. */
  readonly isCut: boolean;
}

/** As in tar-oracle/main.go. */
const bodyLimit = 64 * 1024 ** 2;

interface OracleListing {
  readonly entries: readonly {
    readonly name: string;
    readonly link: string;
    readonly type: string;
    readonly size: number;
    readonly sha256: string;
    readonly isCut: boolean;
  }[];
  readonly problem: string;
}

const typeNames: Readonly<Record<string, string>> = {
  '1': 'hardlink',
  '2': 'symlink',
  '3': 'other',
  '4': 'other',
  '5': 'directory',
  '6': 'other',
};

const describeEntry = (type: string, name: string, link: string, size: number, sha256: string) =>
  JSON.stringify([type, name, link, size, sha256]);

function fromOracle({ entries, problem }: OracleListing): Listing {
  const decode = (text: string) => decodeName(Buffer.from(text, 'base64'));
  // A global PAX header is an entry to archive/tar; engines pass over it.
  const own = entries.filter(({ type }) => type !== 'g');
  return {
    entries: own.map(({ type, name, link, size, sha256 }) =>
      describeEntry(typeNames[type] ?? 'file', decode(name), decode(link), size, sha256),
    ),
    problem: problem === '' ? null : problem,
    isCut: entries.some((entry) => entry.isCut),
  };
}

/** What archive/tar makes of each. */
export async function askOracle(archives: readonly Hostile[]): Promise<readonly Listing[]> {
  const folder = await mkdtemp(join(tmpdir(), 'hullcheck-oracle-'));
  try {
    const program = join(folder, 'tar-oracle');
    const environment = { CGO_ENABLED: '0', GOFLAGS: '-buildvcs=false' };
    const directory = fileURLToPath(new URL('tar-oracle', import.meta.url));
    await perform(go.path ?? 'go', ['build', '-o', program, '.'], { directory, environment });
    const paths = archives.map((_, index) => join(folder, `${index}.tar`));
    for (const [index, { bytes }] of archives.entries()) await writeFile(paths[index] ?? '', bytes);
    const { stdout, stderr, exitCode } = await execute(program, [], { input: paths.join('\n') });
    if (exitCode !== 0) throw new Error(`the oracle ended with ${exitCode}: ${stderr}`);
    return stdout
      .trim()
      .split('\n')
      .map((line) => fromOracle(JSON.parse(line)));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What our reader makes of an archive that arrives in chunks of this size. */
export function readOurs({ bytes }: Hostile, chunkSize: number): Listing {
  const entries: string[] = [];
  let describe: (sha256: string) => string = () => '';
  let hash = createHash('sha256');
  const reader = new TarReader(
    {
      entry({ type, name, linkName, size }) {
        hash = createHash('sha256');
        describe = (sha256) => describeEntry(type, name, linkName, size, sha256);
      },
      body: (chunk) => hash.update(chunk),
      endOfEntry: () => entries.push(describe(hash.digest('hex'))),
    },
    { limits: defaultLimits, output: { bytes: bytes.length + bodyLimit, problem: 'holes' } },
  );
  for (let start = 0; start < bytes.length; start += chunkSize) reader.push(bytes.subarray(start, start + chunkSize));
  return { entries, problem: reader.finish(), isCut: false };
}
