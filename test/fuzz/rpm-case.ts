import { defaultLimits } from '../../src/domain/image-limits.ts';
import { readRpmDatabase } from '../../src/sources/image/rpm/database.ts';
import {
  inLogMode,
  type RpmContent,
  rpmBerkeley,
  rpmHeader,
  rpmNdb,
  rpmSqlite,
  sqliteLog,
} from '../helpers/rpm-bytes.ts';
import type { Random } from '../hostile/random.ts';
import type { FuzzCase } from './fuzz.ts';
import { mutate } from './mutate.ts';

const contents: readonly RpmContent[] = [
  { name: 'bash', epoch: 1, files: { '/usr/bin/bash': 0, '/etc/bashrc': 1 } },
  { name: 'glibc', padding: 1500, files: { '/usr/lib64/libc.so.6': 0, '/var/cache/x': 64 } },
  { name: 'gpg-pubkey' },
];
const headers = contents.map(rpmHeader);
const pageSize = 512;
const before = inLogMode(rpmSqlite(headers.slice(1), pageSize));
const log = sqliteLog(before, inLogMode(rpmSqlite(headers, pageSize)), pageSize);

interface Seed {
  readonly path: string;
  readonly log: Buffer | null;
  write(headers: readonly Buffer[]): Buffer;
}

const ndb: Seed = { path: 'usr/lib/sysimage/rpm/Packages.db', log: null, write: rpmNdb };
const berkeley: Seed = {
  path: 'var/lib/rpm/Packages',
  log: null,
  write: (all) => rpmBerkeley(all, pageSize),
};
const sqlite: Seed = { path: 'var/lib/rpm/rpmdb.sqlite', log, write: () => before };
const seeds = [ndb, berkeley, sqlite] as const;

/** Small numbers name pages, blocks, types and counts that are there. */
const smallest = 24;

function changeNumber(bytes: Buffer, random: Random): Buffer {
  const copy = Buffer.from(bytes);
  copy[random.below(copy.length)] = random.below(smallest);
  return copy;
}

/** A header, the database or its log is damaged; the database is made of what is left. */
export function createRpmCase(): FuzzCase {
  return (random) => {
    const seed = random.pick(seeds);
    const damage = (bytes: Buffer) => (random.below(2) === 0 ? mutate(bytes, random) : changeNumber(bytes, random));
    const isHeader = random.below(2) === 0;
    const plain = seed.write(isHeader ? headers.map((one) => (random.below(2) === 0 ? damage(one) : one)) : headers);
    const file = isHeader ? plain : damage(plain);
    const ownLog = seed.log !== null && random.below(2) === 0 ? damage(seed.log) : seed.log;
    const list = readRpmDatabase(seed.path, file, ownLog, defaultLimits);
    if ('problem' in list) return true;
    const most = file.length + (ownLog?.length ?? 0);
    // Paths are put together from folders and names, so they may be longer than the file, but not without bound.
    if (list.installed.length > most || Buffer.concat(list.files).length > most * most)
      throw new Error('more than the file can hold');
    return false;
  };
}
