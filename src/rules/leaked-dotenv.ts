import { isDotenvName } from '../domain/dotenv-name.ts';
import { judgeDotenv } from '../domain/dotenv-verdict.ts';
import type { Draft, Fix } from '../domain/finding.ts';
import type { DotenvFacts, LayerEntryEvidence, Origin } from '../domain/layer-evidence.ts';
import { neutralise } from '../domain/neutral-text.ts';
import { defineRule } from '../domain/rule.ts';
import type { Severity } from '../domain/severity.ts';
import { stillShips } from '../domain/still-ships.ts';
import { adviseHoldBack, findCopy, type HoldBack } from '../domain/swept-dotenv.ts';
import { leakedDotenvExamples } from './examples/leaked-dotenv.ts';

function assess(facts: DotenvFacts | null, origin: Origin): { readonly severity: Severity; readonly holds: string } {
  const isTheTeams = origin === 'team';
  const most = origin === 'library' ? 'low' : 'info';
  if (facts === null) {
    return { severity: isTheTeams ? 'high' : most, holds: 'is a hard link, so its values were not read here' };
  }
  const { worth, holds } = judgeDotenv(facts);
  if (worth === 'nothing') return { severity: 'info', holds };
  return { severity: isTheTeams ? (worth === 'real' ? 'critical' : 'high') : most, holds };
}

const notes: Readonly<Record<Origin, string>> = {
  team: '',
  published: '',
  package: '; it belongs to an installed package and was published with it',
  library: '; it came with an installed library',
  'library-test': '; it belongs to the tests or documents of an installed library',
};

/** The defaults of the go command, which every copy of Go has: no dotenv file but for its name. */
function isGoSettings({ at, dotenv }: LayerEntryEvidence): boolean {
  const isOfGo = dotenv?.realKeys.every((key) => key.startsWith('GO')) ?? false;
  return isOfGo && /(?:^|\/)go\/go\.env$/.test(at.path);
}

const general: Fix = { description: 'keep the file out of the build context (.dockerignore)', edits: [] };

function fixFor(severity: Severity, advice: HoldBack | null): Fix {
  const fix = advice === null ? general : advice.fix;
  const steps = fix === null ? 'rebuild' : `${fix.description} and rebuild`;
  const edits = fix?.edits ?? [];
  if (severity === 'info' || severity === 'low') return { description: steps, edits };
  const revoke = 'revoke these credentials at their vendors first';
  return { description: `${revoke}, then ${steps}; tags already pushed keep it`, edits };
}

function draft(entry: LayerEntryEvidence, advice: HoldBack | null): Draft {
  const origin = entry.origin ?? 'team';
  const { severity, holds } = assess(entry.dotenv, origin);
  return {
    at: entry.at,
    severity,
    confidence: entry.dotenv === null ? 'medium' : 'high',
    message: `${neutralise(entry.at.path, 300)} ${holds}${stillShips(entry)}${notes[origin]}`,
    identity: [entry.at.path],
    related: advice?.related ?? [],
    fix: fixFor(severity, advice),
  };
}

export const leakedDotenv = defineRule({
  id: 'leaked-dotenv',
  summary: 'An image layer holds a .env file with real values',
  severity: 'critical',
  confidence: 'high',
  consumes: ['layer-entry', 'context-copy', 'image-build', 'ignore-file'],
  interest: { fileNames: [/^\.env$|^\.env\.|\.env$|^\.envrc$/i] },
  isSecret: true,
  docs: {
    why: 'Whoever can pull the image can read the file. `COPY . .` takes everything the .dockerignore does not name, and a later `RUN rm .env` only hides the file from the running container: the layer that added it is still part of the image and of every tag that was pushed. A file that came with an installed library is low, one of its tests or of a package is info.',
    fix: 'Revoke each credential at its vendor first. Then list `.env` and `.env.*` in .dockerignore, pass secrets at run time (`env_file`, a secret store) or at build time with `RUN --mount=type=secret`, and rebuild. Delete or re-push the tags that hold it.',
  },
  examples: leakedDotenvExamples,
  *check(view) {
    const facts = {
      copies: view.of('context-copy'),
      builds: view.of('image-build'),
      ignoreFiles: view.of('ignore-file'),
    };
    for (const entry of view.of('layer-entry')) {
      const { path } = entry.at;
      if (!isDotenvName(path.slice(path.lastIndexOf('/') + 1)) || isGoSettings(entry)) continue;
      const copied = findCopy(view.causeOf(entry.at), path, facts.copies);
      yield draft(entry, copied === null ? null : adviseHoldBack(copied, facts));
    }
  },
});
