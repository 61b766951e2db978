import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRedactor } from '../../../src/sources/secret/redactor.ts';

const value = 'k9-long-and-real';

describe('known values', () => {
  it('are blanked wherever they stand', () => {
    const redactor = createRedactor();
    redactor.learn(value);
    expect(redactor.redact(`a ${value}, "${value}" and x${value}x`)).toBe('a ***, "***" and x***x');
  });

  it('the longer one first', () => {
    const redactor = createRedactor();
    redactor.learn('secret-1');
    redactor.learn('secret-1-and-more');
    expect(redactor.redact('secret-1-and-more')).toBe('***');
  });

  it('under 6 characters they would garble the text', () => {
    const redactor = createRedactor();
    redactor.learn('admin');
    expect(redactor.redact('the admin page')).toBe('the admin page');
  });

  it.each(['production', 'localhost', '1234567890', '/usr/local/bin', 'https://example.com/v1'])(
    '%s is an everyday value, and no secret',
    (everyday) => {
      const redactor = createRedactor();
      redactor.learn(everyday);
      expect(redactor.redact(`x ${everyday} x`)).toBe(`x ${everyday} x`);
    },
  );

  it('with the signs of patterns and replacements', () => {
    const redactor = createRedactor();
    redactor.learn('$&.*(x)$1');
    expect(redactor.redact('a$&.*(x)$1b')).toBe('a***b');
  });

  it.each([
    ['all but its end', `x ${value.slice(0, -1)}… y`, 'x ***… y'],
    ['its first 6 characters', `x ${value.slice(0, 6)}… y`, 'x ***… y'],
    ['within a word', `x https://a/${value.slice(0, 9)}…`, 'x https://a/***…'],
    ['fewer say too little', `x ${value.slice(0, 5)}…`, `x ${value.slice(0, 5)}…`],
    ['other words', 'a long word that was cut of…', 'a long word that was cut of…'],
  ])('that were cut with the text are blanked too: %s', (_, text, expected) => {
    const redactor = createRedactor();
    redactor.learn(value);
    expect(redactor.redact(text)).toBe(expected);
  });

  it('learned later count too', () => {
    const redactor = createRedactor();
    redactor.redact('nothing yet');
    redactor.learn(value);
    expect(redactor.redact(value)).toBe('***');
  });

  it('no value of 6 or more characters that was learned is left in any text', () => {
    const text = fc
      .string({ minLength: 6, maxLength: 12 })
      .filter((one) => !one.includes('*'))
      .map((one) => `%${one}`);
    fc.assert(
      fc.property(
        fc.array(text, { minLength: 1, maxLength: 5 }),
        fc.array(fc.string(), { maxLength: 6 }),
        (values, between) => {
          const redactor = createRedactor();
          for (const one of values) redactor.learn(one);
          const shown = redactor.redact(between.join(values[0] ?? '') + values.join(' '));
          for (const one of values) expect(shown.includes(one)).toBe(false);
        },
      ),
    );
  });
});

const token = ['gsk', 'A1b2'.repeat(13)].join('_');

describe('values nobody named', () => {
  it.each([
    ['a password in a URL', `fetch https://user:${value}@host/path`, 'fetch https://***@host/path'],
    [
      'a token as user name',
      `git clone https://x-access-token:${value}@github.com/a/b`,
      'git clone https://***@github.com/a/b',
    ],
    ['a database URL', `postgresql+psycopg://app:${value}@db/app`, 'postgresql+psycopg://***@db/app'],
    ['a token as the whole user', `https://${value}@host/x`, 'https://***@host/x'],
    ['the user git', 'ssh://git@github.com/a/b', 'ssh://git@github.com/a/b'],
    ['a vendor key', `the key ${token} leaked`, 'the key *** leaked'],
    ['a vendor key that was cut', `the key ${token.slice(0, 20)}… leaked`, 'the key ***… leaked'],
    ['a URL without a password', 'https://host:8080/path@2', 'https://host:8080/path@2'],
    ['ordinary text', 'node:22.12.0-alpine3.21@sha256:abc', 'node:22.12.0-alpine3.21@sha256:abc'],
  ])('%s', (_, text, expected) => {
    expect(createRedactor().redact(text)).toBe(expected);
  });
});

describe('lines of code', () => {
  it.each([
    [`ENV CHAT_API_KEY=${value}`, 'ENV CHAT_API_KEY=***'],
    [`ENV CHAT_API_KEY ${value} and more`, 'ENV CHAT_API_KEY ***'],
    [`ARG TOKEN="${value} with blanks"`, 'ARG TOKEN=***'],
    [`  password: ${value}`, '  password: ***'],
    [`  "apiKey": "${value}",`, '  "apiKey": ***,'],
    [`RUN NPM_TOKEN=${value} npm ci`, 'RUN NPM_TOKEN=*** npm ci'],
    [`RUN npm ci --//registry.npmjs.org/:_authToken=${value}`, 'RUN npm ci --//registry.npmjs.org/:_authToken=***'],
    [
      `RUN pip install --index-url https://u:${value}@host/simple x`,
      'RUN pip install --index-url https://***@host/simple x',
    ],
    [`RUN curl -H "Authorization: Bearer ${token}" x`, 'RUN curl -H "Authorization: ***" x'],
    [`RUN npm login --token ${value} --scope @me`, 'RUN npm login --token *** --scope @me'],
    [
      `RUN npm config set //registry.npmjs.org/:_authToken '${value}'`,
      'RUN npm config set //registry.npmjs.org/:_authToken ***',
    ],
    [`RUN curl -u me:${value} https://x`, 'RUN curl -u me:*** https://x'],
    [`RUN curl --user "me:${value}" https://x`, 'RUN curl --user "me:***" https://x'],
    [`RUN curl -H 'Authorization: Basic ${value}' x`, "RUN curl -H 'Authorization: ***' x"],
    [`RUN poetry config http-basic.private me ${value} && x`, 'RUN poetry config http-basic.private me *** && x'],
    [String.raw`- run: "export API_KEY=\"${value}\" && x"`, '- run: "export API_KEY=*** && x"'],
    ['RUN login --token $TOKEN --token-file x', 'RUN login --token $TOKEN --token-file ***'],
    ['ENV PATH=/usr/bin:/bin', 'ENV PATH=/usr/bin:/bin'],
    ['FROM node:22', 'FROM node:22'],
    [`RUN echo $\{API_KEY}`, `RUN echo $\{API_KEY}`],
  ])('%s', (line, expected) => {
    expect(createRedactor().redactCode(line)).toBe(expected);
  });

  it('take time that grows with their length', () => {
    const redactor = createRedactor();
    const lines = [
      '…'.repeat(80_000),
      `${'a'.repeat(600)}…`.repeat(100),
      'sk-'.repeat(30_000),
      '--token '.repeat(10_000),
      'http-basic.a '.repeat(7000),
      ' -u '.repeat(20_000),
      '_token'.repeat(15_000),
      'key='.repeat(20_000),
      'a_'.repeat(40_000),
      `${'_key'.repeat(20_000)}=x`,
      `password${' '.repeat(80_000)}`,
      `${'x'.repeat(80_000)}://`,
      'a://b:'.repeat(15_000),
      `key="${'a'.repeat(80_000)}`,
      '-'.repeat(80_000),
      `ENV ${'KEY_'.repeat(20_000)}`,
    ];
    for (const line of lines) {
      const start = performance.now();
      redactor.redactCode(line);
      expect(performance.now() - start, line.slice(0, 12)).toBeLessThan(2000);
    }
  });
});
