import { join, relative, sep } from 'node:path';
import type { Evidence, EvidenceKind } from './domain/evidence.ts';
import { type Gap, gap } from './domain/gap.ts';
import type { Coverage } from './domain/report.ts';
import type { AnyRule } from './domain/rule.ts';
import type { ScannerSbom } from './domain/sbom.ts';
import type { Host } from './host/host.ts';
import type { Request } from './request.ts';
import { readImages } from './sources/image/source.ts';
import { withSpool } from './sources/image/spool.ts';
import { imageModelGlobs } from './sources/model/source.ts';
import { fileSources } from './sources/registry.ts';
import { runScanners } from './sources/scanner/source.ts';
import type { Redactor } from './sources/secret/redactor.ts';
import { type FileTree, isGap, type SkippedFile } from './sources/workspace/file-tree.ts';

export interface Gathered {
  readonly evidence: readonly Evidence[];
  readonly gaps: readonly Gap[];
  readonly coverage: Omit<Coverage, 'pairings'>;
  readonly notes: readonly string[];
  readonly sboms: readonly ScannerSbom[];
}

/** Everything the file sources say of one tree: the working tree's, or the base's. */
export async function gatherFiles(
  request: Request,
  tree: FileTree,
  host: Host,
): Promise<{ readonly evidence: readonly Evidence[]; readonly gaps: readonly Gap[] }> {
  const evidence: Evidence[] = [];
  const gaps: Gap[] = [];
  for (const source of fileSources) {
    for await (const item of source.collect({ request, tree, host })) {
      if (isGap(item)) gaps.push(item);
      else evidence.push(item);
    }
  }
  return { evidence, gaps };
}

function isOf<K extends EvidenceKind>(kind: K): (item: Evidence) => item is Evidence<K> {
  return (item): item is Evidence<K> => item.kind === kind;
}

function chosenOff(request: Request): readonly string[] {
  const hasReports = request.trivyReports.length + request.grypeReports.length > 0;
  if (request.images.length === 0)
    return hasReports ? ['source and imported reports only: no image given'] : ['source only: no image given'];
  return request.scanners.length === 0 && !hasReports ? ['no scanner, as chosen'] : [];
}

function isExamined(path: string): boolean {
  return fileSources.some((source) => source.examines({ path, size: 0, isTracked: true }));
}

/** Whether a link leads to a file that is examined under its own name. */
async function leadsToExamined(root: string, link: string, tree: FileTree, host: Host): Promise<boolean> {
  try {
    const place = relative(root, await host.files.realPath(join(root, link)));
    const path = place.split(sep).join('/');
    return tree.has(path) && isExamined(path);
  } catch {
    // It leads nowhere or in a circle: nothing was examined.
    return false;
  }
}

const unreadHints: Readonly<Record<Exclude<SkippedFile['kind'], 'deleted'>, string>> = {
  link: 'put the file itself there',
  unreadable: 'put a regular file there that can be read, or remove it',
};

/** Files in the place of what a source examines that were not read; what is deleted on disk is not in any build. */
async function findUnread({ directory }: Request, tree: FileTree, host: Host): Promise<readonly Gap[]> {
  const root = await host.files.realPath(directory);
  const gaps: Gap[] = [];
  for (const { path, kind, reason } of tree.skipped) {
    if (kind === 'deleted' || !isExamined(path)) continue;
    if (kind === 'link' && (await leadsToExamined(root, path, tree, host))) continue;
    gaps.push(gap('workspace', path, `${path} was not examined: ${reason}`, unreadHints[kind]));
  }
  return gaps;
}

/** The only impure stage: files and images first, then the scanners over the images that were read. */
export async function gather(
  request: Request,
  tree: FileTree,
  rules: readonly AnyRule[],
  host: Host,
  redactor: Redactor,
): Promise<Gathered> {
  const files = await gatherFiles(request, tree, host);
  const unread = await findUnread(request, tree, host);
  const interest = {
    fileNames: rules.flatMap((rule) => rule.interest?.fileNames ?? []),
    hashPaths: imageModelGlobs(files.evidence.filter(isOf('model-declaration'))),
  };
  const [images, scanners] = await withSpool(host, request.spoolLimit, async (spool) => {
    const read = await readImages(request.images, interest, { ...request, host, spool }, redactor);
    return [read, await runScanners({ request, host, spool, images: read.images })];
  });
  const examined = tree.files.filter((file) => fileSources.some((source) => source.examines(file)));
  return {
    evidence: [...files.evidence, ...images.evidence, ...scanners.evidence],
    gaps: [...files.gaps, ...unread, ...images.gaps, ...scanners.gaps],
    coverage: {
      files: examined.length,
      images: images.images.length,
      layers: images.layers,
      layerEntries: images.layerEntries,
      bytes: images.bytes,
      models: files.evidence.filter(isOf('model-file')).length,
      scanners: scanners.coverage,
      chosenOff: chosenOff(request),
    },
    notes: scanners.notes,
    sboms: scanners.sboms,
  };
}
