import { describe, expect, it } from 'vitest';
import type { LayerEntryEvidence, SecretMatchEvidence } from '../../src/domain/layer-evidence.ts';
import type { LayerLocation } from '../../src/domain/location.ts';
import { secretInLayer } from '../../src/rules/secret-in-layer.ts';
import { keyMatch, layerEntry, layerPlace } from '../helpers/layer-evidence.ts';
import { viewOf } from '../helpers/model-example.ts';

const judge = (...evidence: readonly (SecretMatchEvidence | LayerEntryEvidence)[]) => [
  ...secretInLayer.check(viewOf(evidence)),
];
const token = (at: LayerLocation, change: Partial<SecretMatchEvidence> = {}) =>
  keyMatch(at, {
    detector: 'hugging-face-token',
    what: 'Hugging Face token',
    revokeUrl: 'https://huggingface.co/settings/tokens',
    ...change,
  });
const code = layerPlace('app/config.py');

it.each<[string, SecretMatchEvidence, string, string]>([
  [
    'proven',
    token(code),
    'critical high',
    'a Hugging Face token stands in app/config.py and ships in layer 2; revoke it first at https://huggingface.co/settings/tokens',
  ],
  [
    'deleted later',
    token(layerPlace('app/config.py', 'deleted')),
    'critical high',
    'a Hugging Face token stands in app/config.py and still ships in layer 2, although layer 4 deletes it; revoke it first at https://huggingface.co/settings/tokens',
  ],
  [
    'plausible, and of no vendor',
    token(code, { what: 'database URL with a password', revokeUrl: null, isValidated: false }),
    'medium medium',
    'a database URL with a password stands in app/config.py and ships in layer 2; revoke it first where it was issued',
  ],
  [
    'expired',
    token(code, { what: 'signed token (JWT)', isExpired: true }),
    'info high',
    'a signed token (JWT) stands in app/config.py and ships in layer 2; it says itself that it has expired',
  ],
  [
    'of an installed package',
    token(layerPlace('usr/lib/python3/x.py'), { origin: 'package' }),
    'info high',
    'a Hugging Face token stands in usr/lib/python3/x.py and ships in layer 2; it belongs to an installed package, so it is a published sample or test value',
  ],
  [
    'in the tests of a library',
    token(layerPlace('app/node_modules/x/test/a.js'), { origin: 'library-test' }),
    'info high',
    'a Hugging Face token stands in app/node_modules/x/test/a.js and ships in layer 2; it belongs to the tests or documents of an installed library, so it is a published test value',
  ],
  [
    'proven, in the code of a library',
    token(layerPlace('app/node_modules/x/a.js'), { origin: 'library' }),
    'critical high',
    'a Hugging Face token stands in app/node_modules/x/a.js and ships in layer 2; it came with an installed library',
  ],
  [
    'plausible, in the code of a library',
    token(layerPlace('app/node_modules/x/a.js'), { origin: 'library', isValidated: false }),
    'low medium',
    'a Hugging Face token stands in app/node_modules/x/a.js and ships in layer 2; it came with an installed library',
  ],
  [
    'published by well-known software',
    token(code, { origin: 'published' }),
    'info high',
    'a Hugging Face token stands in app/config.py and ships in layer 2; well-known software ships the same for its tests, so it is a published test value',
  ],
  [
    'with the article of how it is said',
    token(code, { what: 'npm token', revokeUrl: null }),
    'critical high',
    'an npm token stands in app/config.py and ships in layer 2; revoke it first where it was issued',
  ],
])('%s', (_, match, weight, message) => {
  expect(judge(match).map((draft) => [`${draft.severity} ${draft.confidence}`, draft.message])).toEqual([
    [weight, message],
  ]);
});

describe('one cause, one finding', () => {
  it('the same secret in several places', () => {
    const [first, ...others] = [layerPlace('a.py', 'deleted', 1), layerPlace('z.py', 'present', 1), layerPlace('b.py')];
    const drafts = judge(...[...others, first].map((at) => token(at ?? code)));
    expect(drafts).toHaveLength(1);
    expect(drafts[0]).toMatchObject({ at: first, identity: ['a.py', 'hugging-face-token'] });
    expect(drafts[0]?.related).toEqual(others.map((at) => ({ at, message: 'the same credential' })));
  });

  it('what leaked-dotenv reports is not told again', () => {
    const at = layerPlace('app/.env');
    const facts = { realKeys: ['HF_TOKEN'], placeholderKeys: [], emptyKeys: [], isComplete: true };
    expect(judge(token(at), layerEntry(at, facts))).toEqual([]);
    expect(judge(token(at), layerEntry(at, { ...facts, realKeys: [] }))).toHaveLength(1);
    expect(judge(token(at), layerEntry(layerPlace('app/.env', 'present', 3), facts))).toHaveLength(1);
  });

  it('what leaked-credential-file reports is not told again', () => {
    const at = layerPlace('root/.cache/huggingface/token');
    const credential = { file: 'hugging-face', what: 'Hugging Face login', isRead: true, revokeUrl: null };
    const entry = (holds: readonly string[]) => ({ ...layerEntry(at, null), credential: { ...credential, holds } });
    expect(judge(token(at), entry(['token']))).toEqual([]);
    expect(judge(token(at), entry([]))).toHaveLength(1);
  });

  it('a secret told by its file and found elsewhere is told there, with the file related', () => {
    const at = layerPlace('app/.env', 'present', 1);
    const facts = { realKeys: ['HF_TOKEN'], placeholderKeys: [], emptyKeys: [], isComplete: true };
    const [draft] = judge(token(at), token(code), layerEntry(at, facts));
    expect([draft?.at, draft?.related]).toEqual([code, [{ at, message: 'the same credential' }]]);
  });

  it('a private key inside a credential is told as the credential, and alone by its own rule', () => {
    const file = layerPlace('app/account.json');
    const account = { detector: 'gcp-service-account', what: 'Google Cloud service account key' };
    const drafts = judge(keyMatch(file), token(file, account));
    expect(drafts.map((draft) => draft.message)).toEqual([
      'a Google Cloud service account key stands in app/account.json and ships in layer 2; revoke it first at https://huggingface.co/settings/tokens',
    ]);
    expect(drafts[0]?.related).toEqual([]);
    expect(judge(keyMatch(file))).toEqual([]);
  });

  it('different secrets are findings of their own', () => {
    expect(judge(token(code), token(code, { identity: 'two' }))).toHaveLength(2);
  });
});

it('names from the image cannot forge output', () => {
  const [draft] = judge(token(layerPlace('a\n::error::x\u202e.py')));
  expect(draft?.message).not.toMatch(/[\n\u202e]|(?:^|\s)::/);
});

it('the credentials in the tests of one library are one finding, of two libraries two', () => {
  const at = (library: string, name: string) => layerPlace(`app/node_modules/${library}/test/${name}.js`);
  const published = (library: string, name: string) =>
    token(at(library, name), { origin: 'library-test', identity: `${library}${name}` });
  const drafts = judge(published('x', 'a'), published('x', 'b'), published('x', 'c'), published('y', 'a'));
  expect(drafts.map((draft) => draft.message.split(' and ships')[0])).toEqual([
    'app/node_modules/x/test/a.js, with 2 other files, holds 3 credentials',
    'a Hugging Face token stands in app/node_modules/y/test/a.js',
  ]);
});

it("a library's credential that the team has too is the team's", () => {
  const [draft, ...more] = judge(
    token(layerPlace('app/node_modules/x/test/a.js', 'present', 0), { origin: 'library-test' }),
    token(code),
  );
  expect([draft?.severity, draft?.at, more]).toEqual(['critical', code, []]);
});
