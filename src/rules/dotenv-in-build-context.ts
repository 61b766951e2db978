import { holdBack } from '../domain/build-context.ts';
import { findSweeps, type Sweep, type Taken } from '../domain/context-dotenv.ts';
import { judgeDotenv } from '../domain/dotenv-verdict.ts';
import type { Draft, RelatedPlace } from '../domain/finding.ts';
import { fileLocation, fileStart } from '../domain/location.ts';
import { neutralise } from '../domain/neutral-text.ts';
import { defineRule } from '../domain/rule.ts';
import { findCopy } from '../domain/swept-dotenv.ts';
import { dotenvInBuildContextExamples } from './examples/dotenv-in-build-context.ts';

function severityOf(taken: readonly Taken[]): 'medium' | 'low' | 'info' {
  const matters = taken.filter(({ file }) => judgeDotenv(file.dotenv).worth !== 'nothing');
  if (matters.length === 0) return 'info';
  return matters.some(({ copy }) => copy.isFinal) ? 'medium' : 'low';
}

const ranks = { real: 0, unknown: 1, nothing: 2 };

/** What matters most: a stage of the image before one that only builds, then the file with the most in it. */
function sortTaken(taken: readonly Taken[]): readonly Taken[] {
  const rank = ({ copy, file }: Taken) => (copy.isFinal ? 0 : 3) + ranks[judgeDotenv(file.dotenv).worth];
  return [...taken].sort((a, b) => rank(a) - rank(b) || a.copy.at.line - b.copy.at.line || (a.path < b.path ? -1 : 1));
}

function describeGuard({ isNamed, ignoreFile }: Sweep): string {
  if (isNamed) return '';
  if (ignoreFile === null) return '; there is no .dockerignore';
  return `; ${neutralise(ignoreFile.path, 200)} does not hold it back`;
}

function relatedPlaces(lead: Taken, taken: readonly Taken[]): readonly RelatedPlace[] {
  const files = [...new Set(taken.map(({ file }) => file.path))];
  const lines = new Map(taken.map(({ copy }) => [copy.at.line, copy.at]));
  lines.delete(lead.copy.at.line);
  return [
    ...files.map((path) => ({ at: fileLocation(path, fileStart), message: 'the file that is taken' })),
    ...[...lines.values()].map((at) => ({ at, message: 'takes it too' })),
  ];
}

const takeOut = 'take the file out of the instruction and pass its values at run time (env_file, a secret store)';

function draftSweep(sweep: Sweep): Draft | null {
  const taken = sortTaken(sweep.taken);
  const [lead] = taken;
  if (lead === undefined) return null;
  const { copy, file } = lead;
  const paths = [...new Set(taken.map(({ path }) => path))];
  const others = paths.length > 1 ? `, and ${paths.length - 1} more` : '';
  const place = copy.isFinal ? 'the image' : 'a build stage';
  const what = `${neutralise(file.path, 200)}${others} into ${place}`;
  return {
    at: copy.at,
    severity: severityOf(taken),
    message: `\`${neutralise(copy.instruction, 80)}\` takes ${what}; it ${judgeDotenv(file.dotenv).holds}${describeGuard(sweep)}`,
    identity: [sweep.folder, sweep.isNamed ? 'named' : 'swept'],
    related: relatedPlaces(lead, taken),
    fix: sweep.isNamed ? { description: takeOut, edits: [] } : holdBack(sweep.folder, sweep.ignoreFile, paths),
  };
}

export const dotenvInBuildContext = defineRule({
  id: 'dotenv-in-build-context',
  summary: 'A build copies a .env file that no ignore file holds back',
  severity: 'medium',
  confidence: 'high',
  consumes: ['dotenv-file', 'context-copy', 'image-build', 'ignore-file', 'layer-entry'],
  isSecret: true,
  docs: {
    why: 'A build sends the whole folder it is started in, and `COPY . .` takes everything of it that no ignore file names: git-ignored and untracked files too. The `.env` of the developer, or of the server that builds, then is a file of the image, and whoever can pull the image can read it. Which patterns count is what BuildKit says: `<Dockerfile>.dockerignore` takes the place of the `.dockerignore` of the context, and the last pattern that matches decides.',
    fix: 'List `**/.env` and its variants in the .dockerignore of the build context, or name what is copied (`COPY package.json src/ ./`). Pass the values at run time (`env_file`, a secret store), or to the build alone with `RUN --mount=type=secret`.',
  },
  examples: dotenvInBuildContextExamples,
  *check(view) {
    const copies = view.of('context-copy');
    // What an image that was read already holds is told there, once.
    const shipped = new Set(
      view.of('layer-entry').flatMap((entry) => {
        const found = findCopy(view.causeOf(entry.at), entry.at.path, copies);
        return found === null ? [] : [`${found.copy.dockerfile}\0${found.path}`];
      }),
    );
    const facts = { copies, builds: view.of('image-build'), ignoreFiles: view.of('ignore-file') };
    for (const sweep of findSweeps(view.of('dotenv-file'), facts)) {
      const taken = sweep.taken.filter(({ copy, path }) => !shipped.has(`${copy.dockerfile}\0${path}`));
      const draft = draftSweep({ ...sweep, taken });
      if (draft !== null) yield draft;
    }
  },
});
