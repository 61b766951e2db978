import { createHash } from 'node:crypto';
import type { Host } from '../../host/host.ts';
import { readChunks } from './read-chunks.ts';

/** What the bytes of a program say before it is run. */
export interface ProgramFacts {
  /** 64 hexadecimal digits. */
  readonly sha256: string;
  /** Which malicious release this is; null: none that is known. */
  readonly compromised: string | null;
}

/**
 * The programs of Trivy 0.69.4 (GHSA-69fq-xp46-6x23, CVE-2026-33634), as several reports of the incident list them.
 * 0.69.5 and 0.69.6 were only published as images.
 */
const compromisedPrograms: ReadonlySet<string> = new Set([
  '822dd269ec10459572dfaaefe163dae693c344249a0161953f0d5cdd110bd2a0', // Linux amd64
  'e64e152afe2c722d750f10259626f357cdea40420c5eedae37969fbf13abbecf', // Linux arm64
  'f7084b0229dce605ccc5506b14acd4d954a496da4b6134a294844ca8d601970d', // Linux 386
  'bef7e2c5a92c4fa4af17791efc1e46311c0f304796f1172fce192f5efc40f5d7', // Linux arm
  'd5edd791021b966fb6af0ace09319ace7b97d6642363ef27b3d5056ca654a94c', // Linux s390x
  'ecce7ae5ffc9f57bb70efd3ea136a2923f701334a8cd47d4fbf01a97fd22859c', // Linux ppc64le
  'e6310d8a003d7ac101a6b1cd39ff6c6a88ee454b767c1bdce143e04bc1113243', // macOS amd64
  '6328a34b26a63423b555a61f89a6a0525a534e9c88584c815d937910f1ddd538', // macOS arm64
  '887e1f5b5b50162a60bd03b66269e0ae545d0aef0583c1c5b00972152ad7e073', // FreeBSD amd64
  '0880819ef821cff918960a39c1c1aada55a5593c61c608ea9215da858a86e349', // Windows amd64
]);

/** Where Go writes the version a program was built from: its own module in the build information, and the linker's flag. */
const versionMarks = ['github.com/aquasecurity/trivy\tv0.69.', 'trivy/pkg/version/app.ver=0.69.'].map((mark) =>
  Buffer.from(mark),
);
const compromisedPatches: ReadonlySet<string> = new Set(['4', '5', '6']);
/** More than a mark, its digit and the byte after it. */
const overlap = 64;

function compromisedVersion(bytes: Buffer): string | null {
  for (const mark of versionMarks) {
    for (let at = bytes.indexOf(mark); at >= 0; at = bytes.indexOf(mark, at + 1)) {
      const [patch = '', after = ''] = bytes.toString('latin1', at + mark.length, at + mark.length + 2);
      if (compromisedPatches.has(patch) && !/\d/.test(after)) return `Trivy 0.69.${patch}`;
    }
  }
  return null;
}

/** Looks at a program as its bytes pass by. */
interface ProgramInspector {
  push(chunk: Buffer): void;
  facts(): ProgramFacts;
}

function createProgramInspector(): ProgramInspector {
  const hash = createHash('sha256');
  let end = Buffer.alloc(0);
  let version: string | null = null;
  return {
    push(chunk) {
      hash.update(chunk);
      const bytes = Buffer.concat([end, chunk]);
      version ??= compromisedVersion(bytes);
      end = bytes.subarray(-overlap);
    },
    facts() {
      const sha256 = hash.digest('hex');
      return { sha256, compromised: compromisedPrograms.has(sha256) ? 'Trivy 0.69.4' : version };
    },
  };
}

/** Reads a program whole, without running it. */
export async function inspectProgram(path: string, host: Host): Promise<ProgramFacts> {
  const inspector = createProgramInspector();
  for await (const chunk of readChunks(path, host)) inspector.push(chunk);
  return inspector.facts();
}

/** Writes a program as its bytes come, and says what was written. */
export async function writeProgram(chunks: AsyncIterable<Buffer>, to: string, host: Host): Promise<ProgramFacts> {
  const inspector = createProgramInspector();
  const seen = async function* (): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      inspector.push(chunk);
      yield chunk;
    }
  };
  await host.files.writeNew(to, seen(), 0o755);
  return inspector.facts();
}
