import { expect, it } from 'vitest';
import type { LayerEntryEvidence } from '../../src/domain/layer-evidence.ts';
import { gitDirectoryInImage } from '../../src/rules/git-directory-in-image.ts';
import { layerEntry, layerPlace } from '../helpers/layer-evidence.ts';
import { viewOf } from '../helpers/model-example.ts';

const judge = (...entries: readonly LayerEntryEvidence[]) =>
  [...gitDirectoryInImage.check(viewOf(entries))].map(({ severity, message }) => `${severity} ${message}`);
const config = (path: string, holds: readonly string[] = []): LayerEntryEvidence => ({
  ...layerEntry(layerPlace(path), null),
  credential: { file: 'git-config', what: 'Git repository settings', holds, isRead: true, revokeUrl: null },
});

it.each<[string, readonly LayerEntryEvidence[], readonly string[]]>([
  [
    'a repository',
    [config('app/.git/config')],
    ['medium app/.git holds the history of a repository and ships in layer 2'],
  ],
  [
    'one with a login in its settings',
    [config('app/.git/config', ['github.com'])],
    ['high app/.git holds a Git credential (github.com) and ships in layer 2'],
  ],
  [
    'one with submodules is one finding, for the worst of its settings',
    [config('app/.git/config'), config('app/.git/modules/lib/config', ['git.acme.io'])],
    ['high app/.git holds a Git credential (git.acme.io) and ships in layer 2'],
  ],
  [
    'two are two',
    [config('.git/config'), config('srv/.git/config')],
    [
      'medium .git holds the history of a repository and ships in layer 2',
      'medium srv/.git holds the history of a repository and ships in layer 2',
    ],
  ],
  ['other entries are none', [layerEntry(layerPlace('app/.gitignore'), null)], []],
])('%s', (_, entries, expected) => {
  expect(judge(...entries)).toEqual(expected);
});
