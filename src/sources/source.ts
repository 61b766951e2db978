import type { Evidence, EvidenceKind } from '../domain/evidence.ts';
import type { Gap } from '../domain/gap.ts';
import type { Host } from '../host/host.ts';
import type { Request } from '../request.ts';
import type { FileTree, TreeFile } from './workspace/file-tree.ts';

export interface SourceContext {
  readonly request: Request;
  readonly tree: FileTree;
  readonly host: Host;
}

/** A source that reads the repository's files. Images and scanners have their own entry points, called by `gather`. */
export interface FileSource<K extends EvidenceKind = EvidenceKind> {
  readonly name: string;
  readonly produces: readonly K[];
  /** Whether it reads this file; `--list` prints the answer. */
  examines(file: TreeFile): boolean;
  collect(context: SourceContext): AsyncIterable<Evidence<K> | Gap>;
}
