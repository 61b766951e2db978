import { composeSource } from './compose/source.ts';
import { buildSource } from './dockerfile/build-source.ts';
import { dockerfileSource } from './dockerfile/source.ts';
import { pinSource } from './lockfile/pin/source.ts';
import { lockfileSource } from './lockfile/source.ts';
import { modelSource } from './model/source.ts';
import type { FileSource } from './source.ts';
import { workflowSource } from './workflow/source.ts';

/** The sources that read the repository's files, in the order `--list` names them. */
export const fileSources: readonly FileSource[] = [
  dockerfileSource,
  composeSource,
  workflowSource,
  lockfileSource,
  pinSource,
  modelSource,
  buildSource,
];
