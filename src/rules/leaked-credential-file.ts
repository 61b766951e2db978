import { exampleToken } from '../domain/example-token.ts';
import type { Draft } from '../domain/finding.ts';
import { groupBy } from '../domain/group-by.ts';
import type { CredentialFacts, LayerEntryEvidence, Origin, SecretMatchEvidence } from '../domain/layer-evidence.ts';
import { neutralise } from '../domain/neutral-text.ts';
import { defineRule } from '../domain/rule.ts';
import { placeKey } from '../domain/secret-groups.ts';
import { stillShips } from '../domain/still-ships.ts';
import { leakedCredentialFileExamples } from './examples/leaked-credential-file.ts';

const shownNames = 5;

function listNames(names: readonly string[]): string {
  const shown = names.slice(0, shownNames).map((name) => neutralise(name, 80));
  return names.length > shownNames ? `${shown.join(', ')} and ${names.length - shownNames} more` : shown.join(', ');
}

function isProof(match: SecretMatchEvidence): boolean {
  return match.isValidated && match.isExpired !== true;
}

/** Critical when proven; in a package or a library's tests it was published, and in a library mostly so. */
function severityOfFile(entry: LayerEntryEvidence, facts: CredentialFacts, matches: readonly SecretMatchEvidence[]) {
  const { origin = 'team' } = entry;
  const published = matches.filter((match) => match.origin === 'published').length;
  const isAllPublished = published > 0 && published === matches.length && published >= facts.holds.length;
  if (origin === 'package' || origin === 'library-test' || isAllPublished) return 'info';
  if (matches.some(isProof)) return 'critical';
  return origin === 'library' ? 'low' : 'high';
}

const notes: Readonly<Record<Origin, string | null>> = {
  team: null,
  published: null,
  package: 'it belongs to an installed package and was published with it',
  library: null,
  'library-test': 'it belongs to the tests or documents of an installed library and was published with it',
};

function draftHeld(entry: LayerEntryEvidence, facts: CredentialFacts, matches: readonly SecretMatchEvidence[]): Draft {
  const count = facts.holds.length;
  const held = `${count} ${count === 1 ? 'credential' : 'credentials'} (${listNames(facts.holds)})`;
  const revokeUrl = matches.find((match) => match.revokeUrl)?.revokeUrl ?? facts.revokeUrl;
  const revoke = revokeUrl === null ? 'revoke it first where it was issued' : `revoke it first at ${revokeUrl}`;
  return {
    at: entry.at,
    severity: severityOfFile(entry, facts, matches),
    message: `${neutralise(entry.at.path, 300)} (${facts.what}) holds ${held}${stillShips(entry)}; ${notes[entry.origin ?? 'team'] ?? revoke}`,
    identity: [entry.at.path],
    fix: {
      description: `${revoke}, then keep the file out of the build context (.dockerignore) or mount it with RUN --mount=type=secret, and rebuild; tags already pushed keep it`,
      edits: [],
    },
  };
}

function draftNamed(entry: LayerEntryEvidence, facts: CredentialFacts): Draft {
  return {
    at: entry.at,
    severity: 'low',
    confidence: 'low',
    message: `${neutralise(entry.at.path, 300)} is named like ${facts.what}${stillShips(entry)}; its content was not judged`,
    identity: [entry.at.path],
    fix: { description: 'keep the file out of the build context (.dockerignore) unless the image needs it', edits: [] },
  };
}

export const leakedCredentialFile = defineRule({
  id: 'leaked-credential-file',
  summary: 'An image layer holds a file of credentials',
  severity: 'high',
  confidence: 'high',
  consumes: ['layer-entry', 'secret-match'],
  isSecret: true,
  docs: {
    why: 'Tools keep logins in files such as `.npmrc`, `.netrc`, `.docker/config.json`, `.aws/credentials`, a kubeconfig or the token files of Hugging Face and other AI tools; `COPY . .`, `COPY ~/.npmrc` and a login during the build leave them in a layer, where whoever can pull the image reads them. The file is read in its format: with a credential inside it is high, and critical when the credential itself is proven; with none it is no finding. In an installed library it is low unless proven; in a package or in the tests of a library it is info, as it was published with it. A format that is not read, such as a password store, is low, as only its name speaks. Git settings are told by git-directory-in-image.',
    fix: 'Revoke the credentials first. Then list the file in .dockerignore, give it to the one step that needs it with `RUN --mount=type=secret,id=npmrc,target=/root/.npmrc`, and rebuild. Deleting it in a later layer unships nothing.',
  },
  examples: leakedCredentialFileExamples(exampleToken().slice(4)),
  *check(view) {
    const matches = groupBy(view.of('secret-match'), (match) => placeKey(match.at));
    for (const entry of view.of('layer-entry')) {
      const facts = entry.credential ?? null;
      if (facts === null || facts.file === 'git-config') continue;
      const here = matches.get(placeKey(entry.at)) ?? [];
      if (facts.holds.length > 0) yield draftHeld(entry, facts, here);
      else if (!facts.isRead && here.length === 0) yield draftNamed(entry, facts);
    }
  },
});
