import { posix } from 'node:path';
import { pathBeforeCopy, takesFile } from '../domain/build-context.ts';
import type { ContextCopyEvidence } from '../domain/build-evidence.ts';
import type { Instruction } from '../domain/dockerfile.ts';
import type { HistoryEntry, Layer } from '../domain/image.ts';
import { instructionText } from '../domain/instruction-text.ts';
import type { Alignment } from './alignment.ts';

/** Instructions that write files, each of which makes a layer of its own in most builders. */
const writers = new Set(['RUN', 'COPY', 'ADD']);

/**
 * The instructions whose work one layer holds, in order: the steps since the layer before. More than one is what
 * `buildah build` without `--layers` makes of a whole stage, `docker build --squash` and kaniko's `--single-snapshot`;
 * BuildKit says of each step itself whether it made a layer.
 */
export function instructionsIn(
  layer: Layer,
  before: Layer | undefined,
  history: readonly HistoryEntry[],
  alignment: Alignment,
): readonly Instruction[] {
  const { historyIndex } = layer;
  if (historyIndex === null || / # buildkit$/.test(history[historyIndex]?.createdBy ?? '')) return [];
  const found: Instruction[] = [];
  for (let index = (before?.historyIndex ?? -1) + 1; index <= historyIndex; index++) {
    const instruction = alignment.instructions[alignment.byHistory.get(index) ?? -1];
    if (instruction !== undefined && writers.has(instruction.keyword)) found.push(instruction);
  }
  return found;
}

/** The folder an instruction works in; null where a variable or the base image decides. */
function workingFolders(instructions: readonly Instruction[]): ReadonlyMap<Instruction, string | null> {
  const folders = new Map<Instruction, string | null>();
  let folder: string | null = null;
  for (const instruction of instructions) {
    folders.set(instruction, folder);
    if (instruction.keyword === 'WORKDIR') folder = enter(folder, instruction.argumentText.trim());
  }
  return folders;
}

function enter(folder: string | null, path: string): string | null {
  if (path.includes('$')) return null;
  return path.startsWith('/') ? posix.normalize(path) : folder === null ? null : posix.join(folder, path);
}

/** How surely an instruction wrote a path: 0 no, 4 it names the very path. */
type Claim = 0 | 1 | 2 | 3 | 4;

function isBelow(folder: string, path: string): boolean {
  return path.startsWith(folder.endsWith('/') ? folder : `${folder}/`);
}

/** What a COPY or ADD puts where is known of the build context; of other stages and addresses only the target is. */
function claimOfCopy(
  instruction: Instruction,
  path: string,
  folder: string | null,
  sources: readonly ContextCopyEvidence[],
): Claim {
  if (sources.length > 0) {
    const takes = sources.filter((source) => {
      const inContext = pathBeforeCopy(source, path);
      return inContext !== null && takesFile(source, inContext);
    });
    return takes.length === 0 ? 0 : takes.some(({ target }) => target === `/${path}`) ? 4 : 3;
  }
  const word = /(\S+?)["\]\s]*$/.exec(instruction.argumentText)?.[1]?.replace(/^["[]+/, '') ?? '';
  const target = enter(folder, word);
  if (target === null) return 0;
  if (target === `/${path}`) return 4;
  return isBelow(target, `/${path}`) ? 3 : 0;
}

function mentions(text: string, words: string): boolean {
  for (let at = text.indexOf(words); at >= 0; at = text.indexOf(words, at + 1)) {
    const around = `${text[at - 1] ?? ' '}${text[at + words.length] ?? ' '}`;
    if (!/[\w.-]/.test(around)) return true;
  }
  return false;
}

function claimOfRun(instruction: Instruction, path: string): Claim {
  const text = instructionText(instruction);
  const home = path.startsWith('root/') ? path.slice('root/'.length) : null;
  const spellings = [
    `/${path}`,
    ...(home === null ? [] : [`~/${home}`, `$HOME/${home}`, ['$', `{HOME}/${home}`].join('')]),
  ];
  if (spellings.some((spelling) => text.includes(spelling) && mentions(text, spelling))) return 4;
  return mentions(text, posix.basename(path)) ? 2 : 0;
}

/**
 * The instruction that put a path of the image into a layer that several made; null when that cannot be told. What names
 * the path counts before what copies its folder, and that before what names its last part; of equals the last one, as it
 * wrote last.
 */
export function findWriter(
  path: string,
  candidates: readonly Instruction[],
  alignment: Alignment,
  copies: readonly ContextCopyEvidence[],
): Instruction | null {
  const folders = workingFolders(alignment.instructions);
  let best: { readonly instruction: Instruction; readonly claim: Claim } | null = null;
  for (const instruction of candidates) {
    const own = copies.filter(
      ({ dockerfile, at }) => dockerfile === alignment.dockerfile.path && at.line === instruction.span.line,
    );
    const claim =
      instruction.keyword === 'RUN'
        ? claimOfRun(instruction, path)
        : claimOfCopy(instruction, path, folders.get(instruction) ?? null, own);
    if (claim > 0 && claim >= (best?.claim ?? 0)) best = { instruction, claim };
  }
  return best?.instruction ?? null;
}
