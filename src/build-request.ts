import { relative, resolve, sep } from 'node:path';
import type { OptionValues } from './arguments.ts';
import type { ScannerName } from './domain/finding.ts';
import type { Platform } from './domain/image.ts';
import { defaultLimits, type ImageLimits, limitNames, mostOfLimit, withLimit } from './domain/image-limits.ts';
import { neutralise } from './domain/neutral-text.ts';
import { UsageError } from './domain/usage-error.ts';
import { describeProblem, type Host } from './host/host.ts';
import { agreeWords, failOnWords } from './policy/schema.ts';
import { type Format, formats, type ImageRequest, type PathForImage, type Request } from './request.ts';
import { parseSbomTargets, refuseImpossibleSboms, sbomFormat } from './sbom-targets.ts';
import { parseScannerSupply } from './scanner-supply.ts';
import { parsePlatform } from './sources/image/platform.ts';
import { parseWhole } from './whole-number.ts';

const transports = ['docker-archive', 'oci-archive', 'oci-dir', 'docker-daemon', 'registry'] as const;

/** `oci-dir:build/app` names transport and place; anything else is a path whose form is told by content. */
function parseImage(text: string, workingFolder: string): ImageRequest {
  const transport = transports.find((name) => text.startsWith(`${name}:`));
  if (transport === undefined) return { text, transport: 'auto', target: resolve(workingFolder, text) };
  const name = text.slice(transport.length + 1);
  if (name === '')
    throw new UsageError(`--image ${neutralise(text)} names no image`, `write --image ${transport}:NAME`);
  const isPath = transport !== 'docker-daemon' && transport !== 'registry';
  return { text, transport, target: isPath ? resolve(workingFolder, name) : name };
}

/** `PATH=IMAGE`; the last `=` separates, so that paths may hold one. */
function parsePathForImage(text: string): PathForImage {
  const equals = text.lastIndexOf('=');
  return equals < 1 ? { path: text, image: null } : { path: text.slice(0, equals), image: text.slice(equals + 1) };
}

function parseScanners(words: readonly string[]): readonly ScannerName[] {
  if (words.length === 0) return ['grype', 'trivy'];
  const known = ['grype', 'trivy'] as const;
  const wrong = words.find((word) => word !== 'none' && !known.some((name) => name === word));
  if (wrong !== undefined)
    throw new UsageError(`there is no scanner ${neutralise(wrong, 80)}`, 'use trivy, grype or none');
  if (words.includes('none') && words.length > 1)
    throw new UsageError('--scanner none stands beside another scanner', 'choose one or the other');
  return known.filter((name) => words.includes(name));
}

export function parseChoice<T extends string>(flag: string, word: string | undefined, words: readonly T[]): T | null {
  if (word === undefined) return null;
  const found = words.find((candidate) => candidate === word);
  if (found === undefined)
    throw new UsageError(`--${flag} ${neutralise(word, 80)} is not known`, `use one of ${words.join(', ')}`);
  return found;
}

function parseProbability(flag: string, word: string): number {
  const number = /^(?:0?\.\d{1,9}|1(?:\.0{1,9})?)$/.test(word) ? Number(word) : 0;
  if (number > 0) return number;
  throw new UsageError(
    `--${flag} ${neutralise(word, 80)} is no probability`,
    'give a number above 0 and up to 1, such as 0.5',
  );
}

function parseGate(values: OptionValues): Request['gate'] {
  const epss = values.get('epss')?.[0];
  const agree = parseChoice('agree', values.get('agree')?.[0], agreeWords);
  return {
    ...(values.has('fixable-only') ? { fixableOnly: true } : {}),
    ...(values.has('kev') ? { kev: true } : {}),
    ...(epss === undefined ? {} : { epss: parseProbability('epss', epss) }),
    ...(agree === null ? {} : { agree }),
  };
}

function parseChosenPlatform(word: string | undefined): Platform | null {
  if (word === undefined) return null;
  const platform = parsePlatform(word);
  if (platform !== null) return platform;
  throw new UsageError(`--platform ${neutralise(word, 80)} is no platform`, 'write it as linux/amd64 or linux/arm/v7');
}

/** Each word is `NAME=NUMBER`. */
function parseImageLimits(words: readonly string[]): ImageLimits {
  let limits = defaultLimits;
  for (const word of words) {
    const equals = word.indexOf('=');
    if (equals < 1)
      throw new UsageError(
        `--image-limit ${neutralise(word, 80)} sets no limit`,
        'write --image-limit NAME=NUMBER, e.g. --image-limit ratio=500',
      );
    const name = word.slice(0, equals);
    const number = parseWhole('image-limit', word.slice(equals + 1), neutralise(name, 80), 1, mostOfLimit);
    const next = withLimit(limits, name, number);
    if (next === null)
      throw new UsageError(`--image-limit ${neutralise(name, 80)} is not known`, `use one of ${limitNames.join(', ')}`);
    limits = next;
  }
  return limits;
}

async function requireFolder(host: Host, directory: string, text: string): Promise<void> {
  try {
    const kind = (await host.files.status(await host.files.realPath(directory)))?.kind;
    if (kind === 'directory') return;
  } catch (error) {
    throw new UsageError(
      `the folder ${neutralise(text)} ${describeProblem(error)}`,
      'give the folder of the repository',
    );
  }
  throw new UsageError(`${neutralise(text)} is not a folder`, 'give the folder of the repository');
}

/** Dockerfiles are named from the checked folder or from where the command runs; either way they must lie in the folder. */
async function locateDockerfiles(
  named: readonly PathForImage[],
  directory: string,
  workingFolder: string,
  host: Host,
): Promise<readonly PathForImage[]> {
  const found: PathForImage[] = [];
  for (const entry of named) {
    const candidates = [resolve(directory, entry.path), resolve(workingFolder, entry.path)];
    const statuses = await Promise.all(candidates.map((path) => host.files.status(path)));
    const path = candidates.find((_, index) => statuses[index]?.kind === 'file');
    const inside = path === undefined ? '..' : relative(directory, path).split(sep).join('/');
    if (inside.startsWith('..')) {
      throw new UsageError(
        `the Dockerfile ${neutralise(entry.path)} is not in the checked folder`,
        'give --dockerfile a path relative to the checked folder',
      );
    }
    found.push({ ...entry, path: inside });
  }
  return found;
}

export interface RequestOrigin {
  readonly values: OptionValues;
  /** The checked folder as given. */
  readonly directory: string;
  /** What relative paths of images and outputs are relative to. */
  readonly workingFolder: string;
  readonly isPullRequest: boolean;
  /** Whether a cache that was named is added to; one that is not is only read. */
  readonly isCacheWritten: boolean;
}

/** The request behind options, however they were given; what is named wrongly is a UsageError. */
export async function buildRequest(origin: RequestOrigin, host: Host): Promise<Request> {
  const { values, workingFolder } = origin;
  const all = (flag: string) => values.get(flag) ?? [];
  const one = (flag: string) => values.get(flag)?.[0];
  const directory = resolve(workingFolder, origin.directory);
  await requireFolder(host, directory, origin.directory);
  const absolute = (text: string) => resolve(workingFolder, text);
  // Relative, so that a gap about a report has the same fingerprint in another clone.
  const fromFolder = (path: string) => relative(directory, absolute(path));
  const reports = (flag: string) =>
    all(flag)
      .map(parsePathForImage)
      .map((entry) => ({ ...entry, path: fromFolder(entry.path) }));
  const baselineReport = one('baseline-report');
  const cache = one('cache');
  const request: Request = {
    directory,
    subject: origin.directory,
    images: [...new Set(all('image'))].map((text) => parseImage(text, workingFolder)),
    platform: parseChosenPlatform(one('platform')),
    spoolLimit: parseWhole('spool-limit', one('spool-limit'), 'GiB', 64, 1_000_000) * 1024 ** 3,
    cache: cache === undefined ? null : { folder: absolute(cache), isWritten: origin.isCacheWritten },
    imageLimits: parseImageLimits(all('image-limit')),
    dockerfiles: await locateDockerfiles(all('dockerfile').map(parsePathForImage), directory, workingFolder, host),
    models: one('models') ?? null,
    policy: one('policy') ?? null,
    scanners: parseScanners(all('scanner')),
    scannerPaths: all('scanner-path').map(absolute),
    scannerSupply: parseScannerSupply(values, absolute),
    scannerTimeoutMinutes: parseWhole('scanner-timeout', one('scanner-timeout'), 'minutes', null, 360),
    trivyReports: reports('trivy-report'),
    grypeReports: reports('grype-report'),
    sbomTargets: await parseSbomTargets(all('output'), workingFolder, host),
    base: one('base') ?? null,
    isPullRequest: origin.isPullRequest,
    baselineReport: baselineReport === undefined ? null : absolute(baselineReport),
    failOn: parseChoice('fail-on', one('fail-on'), failOnWords),
    gate: parseGate(values),
    offline: values.has('offline'),
    all: values.has('all'),
  };
  refuseImpossibleSboms(request);
  return request;
}

export interface OutputFile {
  readonly format: Format;
  /** Absolute. */
  readonly path: string;
}

/** `--format`, or null when not given. */
export function parseFormat(values: OptionValues): Format | null {
  return parseChoice('format', values.get('format')?.[0], formats);
}

/** Files of the report; those of SBOMs are part of the request. */
export function parseOutputs(values: OptionValues, workingFolder: string): readonly OutputFile[] {
  return (values.get('output') ?? []).flatMap((text) => {
    const equals = text.indexOf('=');
    if (equals < 1 || equals === text.length - 1)
      throw new UsageError(
        `--output ${neutralise(text, 200)} names no file`,
        'write --output FORMAT=PATH, e.g. --output sarif=hullcheck.sarif',
      );
    const format = parseChoice('output', text.slice(0, equals), [...formats, sbomFormat]);
    if (format === null || format === sbomFormat) return [];
    return [{ format, path: resolve(workingFolder, text.slice(equals + 1)) }];
  });
}
