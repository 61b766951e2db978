import type { Node } from 'yaml';
import type { ImageBuildEvidence, ImageReferenceEvidence, InstallCommandEvidence } from '../../domain/evidence.ts';
import type { Gap } from '../../domain/gap.ts';
import { readMention } from '../image-mention.ts';
import type { FileSource } from '../source.ts';
import type { TextFile } from '../workspace/file-tree.ts';
import { isGap } from '../workspace/file-tree.ts';
import type { YamlReader, YamlScalar } from '../yaml/document.ts';
import { exhaustedGap, misshapenGap, readYaml } from '../yaml/document.ts';
import type { BuildReader } from './build-step.ts';
import { createBuildReader } from './build-step.ts';
import type { Leaves } from './expression.ts';
import { expandScalar, matrixLeaves } from './expression.ts';
import type { RunScope } from './run-scope.ts';
import { enterJob, enterStep, runnerScope } from './run-scope.ts';
import type { RunReader } from './run-step.ts';
import { createRunReader } from './run-step.ts';

const name = 'workflow';
const fileName = /(?:^|\/)(?:\.github\/workflows\/[^/]+\.ya?ml|action\.ya?ml)$/;
const dockerScheme = 'docker://';

type Found = Iterable<ImageReferenceEvidence | ImageBuildEvidence | InstallCommandEvidence | Gap>;
type Fields = ReadonlyMap<string, Node>;
type Role = 'workflow-container' | 'workflow-service' | 'workflow-uses';

/** What remembers which steps of a file were read. */
interface StepReaders {
  readonly runs: RunReader;
  readonly builds: BuildReader;
}

function* readImage(scalar: YamlScalar | null, start: number, role: Role, leavesOf: Leaves): Found {
  if (scalar === null) return;
  const usedAt = start === 0 ? scalar.at : scalar.locate(start, scalar.value.length);
  for (const { text, unresolved, at, written } of expandScalar(scalar, start, leavesOf)) {
    if (text.trim() !== '') yield* readMention({ at, usedAt, role, text, unresolved, written }, name);
  }
}

/** `uses: docker://…` of a step and `runs.image` of an action; anything else there is no image. */
function* readDockerUrl(scalar: YamlScalar | null): Found {
  if (scalar?.value.startsWith(dockerScheme)) {
    yield* readImage(scalar, dockerScheme.length, 'workflow-uses', () => null);
  }
}

/** A container or service is the image itself or a mapping with `image`. */
function* readContainer(yaml: YamlReader, node: Node | undefined, role: Role, leavesOf: Leaves): Found {
  const scalar = yaml.scalar(node) ?? yaml.scalar(yaml.fields(node).get('image'));
  yield* readImage(scalar, 0, role, leavesOf);
}

function* readSteps(
  yaml: YamlReader,
  steps: Node | undefined,
  scope: RunScope,
  leavesOf: Leaves,
  { runs, builds }: StepReaders,
): Found {
  for (const node of yaml.items(steps)) {
    const step = yaml.fields(node);
    yield* readDockerUrl(yaml.scalar(step.get('uses')));
    yield* builds.read(step, leavesOf);
    yield* runs.read(step, enterStep(yaml, scope, step, leavesOf));
  }
}

function* readJob(yaml: YamlReader, job: Fields, outer: RunScope, readers: StepReaders): Found {
  const leavesOf = matrixLeaves(yaml, job);
  yield* readContainer(yaml, job.get('container'), 'workflow-container', leavesOf);
  for (const service of yaml.fields(job.get('services')).values()) {
    yield* readContainer(yaml, service, 'workflow-service', leavesOf);
  }
  yield* readSteps(yaml, job.get('steps'), enterJob(yaml, outer, job, leavesOf), leavesOf, readers);
}

/** A workflow has `jobs`, an action has `runs`. */
function* readDocument(yaml: YamlReader, root: Node, readers: StepReaders): Found {
  const top = yaml.fields(root);
  if (top.size === 0 && !yaml.isEmpty(root)) yield misshapenGap(yaml.path, name, 'the document');
  const noLeaves: Leaves = () => null;
  const scope = enterJob(yaml, runnerScope, top, noLeaves);
  for (const job of yaml.fields(top.get('jobs')).values()) yield* readJob(yaml, yaml.fields(job), scope, readers);
  const action = yaml.fields(top.get('runs'));
  yield* readDockerUrl(yaml.scalar(action.get('image')));
  yield* readSteps(yaml, action.get('steps'), runnerScope, noLeaves, readers);
}

/** Reads the text of a workflow or action; see `workflowSource`. */
export function* readWorkflow(file: TextFile): Found {
  const yaml = readYaml(file, name);
  if (isGap(yaml)) {
    yield yaml;
    return;
  }
  const readers = { runs: createRunReader(yaml, name), builds: createBuildReader(yaml, name) };
  for (const root of yaml.roots) yield* readDocument(yaml, root, readers);
  if (yaml.isExhausted()) yield exhaustedGap(file.path, name);
}

/**
 * Images and package-manager commands of GitHub workflows and actions (docs.github.com, workflow syntax; metadata
 * syntax): containers, services, `docker://` steps and actions, builds with docker/build-push-action, and `run:` steps in sh
 * or bash. Repository actions (`owner/name@ref`, `./path`, `$/path`) are no images.
 */
export const workflowSource: FileSource<'image-reference' | 'image-build' | 'install-command'> = {
  name,
  produces: ['image-reference', 'image-build', 'install-command'],
  examines: (file) => file.isTracked && fileName.test(file.path),
  async *collect({ tree }) {
    for (const file of tree.files) {
      if (!workflowSource.examines(file)) continue;
      const read = await tree.readText(file.path, name);
      if (isGap(read)) yield read;
      else yield* readWorkflow(read);
    }
  },
};
