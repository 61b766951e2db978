import { describe, expect, it } from 'vitest';
import type { Image } from '../../../src/domain/image.ts';
import { credentialSettings, settingsOf } from '../../../src/sources/image/settings.ts';
import { createRedactor } from '../../../src/sources/secret/redactor.ts';
import { filler } from '../secret/detector-samples.ts';

interface Parts {
  readonly history?: readonly string[];
  readonly environment?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
}

function image({ history = [], environment = [], labels = {} }: Parts): Image {
  return {
    label: 'app.tar',
    tags: [],
    configDigest: `sha256:${'0'.repeat(64)}`,
    platform: { os: 'linux', architecture: 'amd64', variant: '' },
    layers: [],
    history: history.map((createdBy) => ({ createdBy, isEmptyLayer: true })),
    user: '',
    environment,
    labels,
  };
}

const real = 'q8Zr-not-a-placeholder';
const token = ['gsk', filler(52)].join('_');

const told = (parts: Parts, words: readonly string[] = []) =>
  settingsOf(image(parts), words).map(
    ({ part, name, value, historyIndex }) => `${part} ${name}=${value} @${historyIndex ?? '-'}`,
  );

describe('what a history step sets', () => {
  it.each<[string, string, readonly string[]]>([
    ['BuildKit, ENV', 'ENV A=1', ['history A=1 @0']],
    [
      'BuildKit, several',
      'ENV A=1 B="two words" C=\'x\'',
      ['history A=1 @0', 'history B=two words @0', 'history C=x @0'],
    ],
    ['the older form of ENV', 'ENV DB_PASSWORD two words', ['history DB_PASSWORD=two words @0']],
    ['the older form of ENV, quoted', "/bin/sh -c #(nop) ENV DB_PASSWORD 'a=b c'", ['history DB_PASSWORD=a=b c @0']],
    ['the older form of LABEL', `LABEL note ${token}`, [`history note=${token} @0`]],
    ['mixed quotes', `ENV A='x "y"' B="it's" C=d`, ['history A=x "y" @0', "history B=it's @0", 'history C=d @0']],
    ['BuildKit, ARG with a default', 'ARG A=1', ['history A=1 @0']],
    ['BuildKit, ARG without one', 'ARG A', []],
    ['BuildKit, LABEL', 'LABEL org.opencontainers.image.title=app', ['history org.opencontainers.image.title=app @0']],
    [
      'BuildKit, arguments of a RUN',
      `RUN |2 A=1 B=2 /bin/sh -c C=3 make # buildkit`,
      ['history A=1 @0', 'history B=2 @0'],
    ],
    ['classic builder, ENV', '/bin/sh -c #(nop)  ENV A=1', ['history A=1 @0']],
    ['classic builder, arguments of a RUN', '|1 A=1 /bin/sh -c C=3 make', ['history A=1 @0']],
    ['a command with assignments of its own', 'RUN /bin/sh -c A=1 make # buildkit', []],
    ['a copy', 'COPY . . # buildkit', []],
    [
      'a vendor key in a command',
      `RUN /bin/sh -c curl -H "Authorization: Bearer ${token}" x # buildkit`,
      [`history Groq key=${token} @0`],
    ],
  ])('%s', (_, step, expected) => {
    expect(told({ history: [step] })).toEqual(expected);
  });

  it('what the history repeats of env and labels is told once, at its last step', () => {
    const history = ['ENV A=1', 'ENV A=2', 'ENV A=1', 'LABEL l=x'];
    expect(told({ history, environment: ['A=1', 'PATH=/bin'], labels: { l: 'x' } })).toEqual([
      'env A=1 @2',
      'env PATH=/bin @-',
      'label l=x @3',
      'history A=2 @1',
    ]);
  });

  it("words of the start command count where they are a vendor's key", () => {
    expect(told({}, ['server', `--key=${token}`, '--port=80'])).toEqual([`entrypoint command=${token} @-`]);
  });

  it('environment entries without a name or an equals sign are none', () => {
    expect(told({ environment: ['=x', 'A', 'B='] })).toEqual(['env B= @-']);
  });

  it('hostile steps take no long time', () => {
    const hostile = [
      'ENV '.repeat(20_000),
      `ENV ${'A="'.repeat(20_000)}`,
      `ENV A="${'\\'.repeat(60_000)}`,
      `|999 ${'A=1 '.repeat(20_000)}`,
      `ENV ${'A'.repeat(65_000)}`,
    ];
    const start = performance.now();
    for (const step of hostile) told({ history: [step] });
    expect(performance.now() - start).toBeLessThan(2000);
  });
});

/** The names reported for one environment variable. */
function reported(name: string, value: string): readonly string[] {
  const settings = settingsOf(image({ environment: [`${name}=${value}`] }), []);
  return credentialSettings('app.tar', settings, new Uint8Array(32), createRedactor()).map(({ proof }) => proof);
}

describe('what counts as a credential', () => {
  it.each([
    ['a name and a value', 'CHAT_API_KEY', real, ['name']],
    ['a vendor format under any name', 'ANYTHING', token, ['vendor']],
    ['a URL with a password', 'DATABASE', `postgresql://app:${real}@db/app`, ['name']],
    ['a URL with a placeholder', 'DATABASE', 'postgresql://app:changeme@db/app', []],
    ['a URL without a password', 'DATABASE_URL', 'postgresql://db/app', []],
    ['a placeholder', 'CHAT_API_KEY', 'changeme', []],
    ['a reference', 'CHAT_API_KEY', '$' + '{OTHER}', []],
    ['nothing', 'CHAT_API_KEY', '', []],
    ['a path', 'CHAT_API_KEY', '/run/secrets/key', []],
    ['a switch', 'AUTH', 'true', []],
    ['a number', 'API_KEY', '16', []],
    ['a public key', 'GPG_KEY', '7169605F62C751356D054A26A821E680E5FA6305', []],
    ['a name that says where', 'API_KEY_FILE', real, []],
    ['another name', 'TOKENIZERS_PARALLELISM', real, []],
  ])('%s', (_, name, value, expected) => {
    expect(reported(name, value)).toEqual(expected);
  });

  it('equal values have one identity in a run, and another in the next; the value is learned', () => {
    const settings = settingsOf(image({ environment: [`A_KEY=${real}`, `B_KEY=${real}`] }), []);
    const redactor = createRedactor();
    const identities = (key: number) =>
      credentialSettings('app.tar', settings, new Uint8Array(32).fill(key), redactor).map((item) => item.identity);
    const [first, second] = identities(1);
    expect(first).toBe(second);
    expect(identities(2)).not.toContain(first);
    expect(redactor.redact(`x ${real}`)).toBe('x ***');
  });

  it('no value is part of what is told', () => {
    const settings = settingsOf(
      image({ history: [`RUN |1 A_TOKEN=${real} /bin/sh -c x`], environment: [`A_KEY=${token}`] }),
      [],
    );
    const evidence = JSON.stringify(credentialSettings('app.tar', settings, new Uint8Array(32), createRedactor()));
    expect(evidence).not.toContain(real);
    expect(evidence).not.toContain(token);
  });
});
