import { neutralise } from '../domain/neutral-text.ts';
import { gatherFiles } from '../gather.ts';
import type { Host } from '../host/host.ts';
import type { Request } from '../request.ts';
import { readImages } from '../sources/image/source.ts';
import { withSpool } from '../sources/image/spool.ts';
import { fileSources } from '../sources/registry.ts';
import { createRedactor } from '../sources/secret/redactor.ts';
import type { FileTree } from '../sources/workspace/file-tree.ts';
import { openWorkingTree } from '../sources/workspace/working-tree.ts';
import { trace } from '../trace/trace.ts';

const skippedShown = 50;

function examinedLines(tree: FileTree): readonly string[] {
  return fileSources.flatMap((source) => {
    const files = tree.files.filter((file) => source.examines(file));
    return [`  ${source.name} (${files.length})`, ...files.map((file) => `    ${neutralise(file.path, 400)}`)];
  });
}

function skippedLines(tree: FileTree): readonly string[] {
  const unread = tree.files.filter((file) => !fileSources.some((source) => source.examines(file))).length;
  const shown = tree.skipped.slice(0, skippedShown).map((file) => `  ${neutralise(file.path, 400)}: ${file.reason}`);
  const rest = tree.skipped.length - shown.length;
  return [
    `  ${unread} files of kinds that no source reads`,
    '  what git ignores, except model and dotenv files',
    ...shown,
    ...(rest > 0 ? [`  and ${rest} more`] : []),
  ];
}

async function imageLines(request: Request, tree: FileTree, host: Host): Promise<readonly string[]> {
  if (request.images.length === 0) return ['  none given; --image REF adds one'];
  const interest = { fileNames: [], hashPaths: [] };
  const images = await withSpool(host, request.spoolLimit, (spool) =>
    readImages(request.images, interest, { ...request, host, spool }, createRedactor()),
  );
  const files = await gatherFiles(request, tree, host);
  const { pairings } = trace([...files.evidence, ...images.evidence], request.dockerfiles);
  const read = pairings.map(
    (image) =>
      `  ${neutralise(image.label)}: ${image.layers} layers, ${image.dockerfile ?? 'no Dockerfile'} (${image.pairing})`,
  );
  return [...read, ...images.gaps.map((item) => `  not examined: ${item.reason}`)];
}

function scannerLines(request: Request): readonly string[] {
  if (request.images.length === 0) return ['  not needed without an image'];
  return request.scanners.length === 0
    ? ['  none, as chosen']
    : [`  ${request.scanners.join(', ')}; hullcheck doctor says whether they are here`];
}

/** What a check would examine, what it would skip, and why. */
export async function listExamined(request: Request, host: Host): Promise<string> {
  const { tree, gaps } = await openWorkingTree(host, request.directory);
  const sections = [
    ['Examined files', ...examinedLines(tree)],
    ['Skipped files', ...skippedLines(tree), ...gaps.map((item) => `  not examined: ${item.reason}`)],
    ['Images', ...(await imageLines(request, tree, host))],
    ['Scanners', ...scannerLines(request)],
  ];
  return `${sections.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}
