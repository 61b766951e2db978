import { spawnSync } from 'node:child_process';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exampleKey } from '../../../src/domain/example-key.ts';
import { ContentScanner } from '../../../src/sources/secret/content-scanner.ts';
import { readPgpKey } from '../../../src/sources/secret/pgp-key.ts';
import { parsePrivateKey } from '../../../src/sources/secret/private-key.ts';
import { firstExecutable, need, type Part, pathOf } from '../../helpers/parts.ts';

/** What is found in content that arrives in these pieces, each file ended. */
function find(...pieces: readonly (string | Buffer)[]): readonly string[] {
  const found: string[] = [];
  const scanner = new ContentScanner((key) => found.push(key.what));
  for (const piece of pieces) scanner.push(Buffer.from(piece));
  scanner.end();
  return found;
}

const header = (label: string) => `-----BEGIN ${label}-----`;
const footer = (label: string) => `-----END ${label}-----`;
const block = (label: string, body: string) => `${header(label)}\n${body}\n${footer(label)}\n`;

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const ed25519 = generateKeyPairSync('ed25519').privateKey;
const dsa = generateKeyPairSync('dsa', { modulusLength: 1024, divisorLength: 160 }).privateKey;
const x25519 = generateKeyPairSync('x25519').privateKey;

const pem = (key: KeyObject, type: 'pkcs1' | 'pkcs8' | 'sec1') => key.export({ type, format: 'pem' });
const locked = (key: KeyObject, type: 'pkcs1' | 'pkcs8' | 'sec1') =>
  key.export({ type, format: 'pem', cipher: 'aes-128-cbc', passphrase: 'a passphrase' });

const generated: readonly (readonly [string, string | Buffer, string])[] = [
  ['RSA, PKCS#1', pem(rsa, 'pkcs1'), 'RSA private key'],
  ['RSA, PKCS#8', pem(rsa, 'pkcs8'), 'PKCS#8 private key'],
  ['RSA, PKCS#1 under a passphrase', locked(rsa, 'pkcs1'), 'encrypted RSA private key'],
  ['RSA, PKCS#8 under a passphrase', locked(rsa, 'pkcs8'), 'encrypted PKCS#8 private key'],
  ['EC, SEC 1', pem(ec, 'sec1'), 'EC private key'],
  ['EC, PKCS#8', pem(ec, 'pkcs8'), 'PKCS#8 private key'],
  ['EC, SEC 1 under a passphrase', locked(ec, 'sec1'), 'encrypted EC private key'],
  ['Ed25519, PKCS#8', pem(ed25519, 'pkcs8'), 'PKCS#8 private key'],
  ['Ed25519, PKCS#8 under a passphrase', locked(ed25519, 'pkcs8'), 'encrypted PKCS#8 private key'],
  ['X25519, PKCS#8', pem(x25519, 'pkcs8'), 'PKCS#8 private key'],
  ['DSA, PKCS#8', pem(dsa, 'pkcs8'), 'PKCS#8 private key'],
  ['the key of the examples', exampleKey(), 'RSA private key'],
];

describe('keys as OpenSSL writes them', () => {
  it.each(generated)('%s', (_, text, what) => {
    const key = parsePrivateKey(text.toString());
    expect([key?.what, key?.isEncrypted]).toEqual([what, what.startsWith('encrypted')]);
    expect(find(text)).toEqual([what]);
    expect(find(`before ${text.toString()} after`)).toEqual([what]);
  });

  it.each(generated)('%s, with the line ends of Windows and in JSON', (_, text, what) => {
    const lines = text.toString();
    expect(find(lines.replaceAll('\n', '\r\n'))).toEqual([what]);
    if (!what.startsWith('encrypted RSA') && !what.startsWith('encrypted EC'))
      expect(find(JSON.stringify({ private_key: lines }))).toEqual([what]);
  });

  it('the parameters of a curve before its key are no key', () => {
    expect(find(`${block('EC PARAMETERS', 'BggqhkjOPQMBBw==')}${pem(ec, 'sec1')}`)).toEqual(['EC private key']);
  });
});

const sshKeygen: Part = {
  name: 'ssh-keygen',
  path: spawnSync('ssh-keygen', ['-?']).error === undefined ? 'ssh-keygen' : null,
  install: 'apt-get install openssh-client',
};

describe('keys as ssh-keygen writes them', () => {
  it.for<[string, string, readonly string[], string]>([
    ['ed25519', '', [], 'OpenSSH private key'],
    ['ed25519', 'a passphrase', [], 'encrypted OpenSSH private key'],
    ['ecdsa', '', [], 'OpenSSH private key'],
    ['rsa', '', [], 'OpenSSH private key'],
    ['rsa', '', ['-m', 'PEM'], 'RSA private key'],
    ['rsa', 'a passphrase', ['-m', 'PEM'], 'encrypted RSA private key'],
    ['rsa', '', ['-m', 'PKCS8'], 'PKCS#8 private key'],
  ])('%s, passphrase %j, %j', ([type, passphrase, words, what], context) => {
    need(context, [sshKeygen]);
    const folder = mkdtempSync(join(tmpdir(), 'hullcheck-key-'));
    try {
      const file = join(folder, 'id');
      spawnSync('ssh-keygen', ['-q', '-t', type, '-N', passphrase, '-C', 'test', '-f', file, ...words]);
      expect(find(readFileSync(file))).toEqual([what]);
      expect(find(readFileSync(`${file}.pub`))).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('what is no key', () => {
  const label = ['RSA', 'PRIVATE', 'KEY'].join(' ');
  const other = ['PRIVATE', 'KEY'].join(' ');
  const body = exampleKey().split('\n').slice(1, -2).join('\n');

  it.each([
    ['a header alone', header(label)],
    ['header and footer alone', block(label, '')],
    ['a short body', block(label, 'MIIB')],
    ['a body that is no base64', block(label, `${'MIIB!'.repeat(40)}`)],
    ['a body of dots', block(label, '.'.repeat(200))],
    ['base64 that is no sequence', block(label, 'QUJD'.repeat(40))],
    ['a sequence of another key', block(other, body)],
    ['a body that was cut', block(label, body.slice(0, 300))],
    ['no footer', `${header(label)}\n${body}\n`],
    ['another footer', `${header(label)}\n${body}\n${footer(other)}\n`],
    ['a certificate', block('CERTIFICATE', body)],
    ['a public key', block('PUBLIC KEY', body)],
    ['an unknown kind of key', block(`ZZ ${other}`, body)],
    ['an OpenSSH key of other bytes', block(`OPENSSH ${other}`, body)],
    ['a footer before the header', `${footer(label)}\n${body}\n${header(label)}`],
  ])('%s', (_, text) => {
    expect(find(text)).toEqual([]);
    expect(find(text, '\n', exampleKey())).toEqual(['RSA private key']);
  });

  it('a block does not go on in the next file', () => {
    const found: string[] = [];
    const scanner = new ContentScanner((key) => found.push(key.what));
    const key = exampleKey();
    for (const part of [key.slice(0, 700), key.slice(700)]) {
      scanner.push(Buffer.from(part));
      scanner.end();
    }
    expect(found).toEqual([]);
  });
});

describe('chunks', () => {
  const key = exampleKey();
  const content = `first line\n${key}between ${exampleKey('second')}last line`;

  it('a key that straddles two chunks is found at every offset, once', () => {
    for (let offset = 0; offset <= content.length; offset++) {
      expect(find(content.slice(0, offset), content.slice(offset)), `offset ${offset}`).toEqual([
        'RSA private key',
        'RSA private key',
      ]);
    }
  });

  it('however the content is cut', () => {
    const cuts = fc.array(fc.nat(content.length), { maxLength: 12 });
    fc.assert(
      fc.property(cuts, (places) => {
        const sorted = [0, ...places.sort((a, b) => a - b), content.length];
        const pieces = sorted.slice(1).map((end, index) => content.slice(sorted[index], end));
        expect(find(...pieces)).toEqual(['RSA private key', 'RSA private key']);
      }),
      { numRuns: 200 },
    );
  });

  it('byte by byte', () => {
    expect(find(...content)).toEqual(['RSA private key', 'RSA private key']);
  });

  it('a key that ends with the file', () => {
    expect(find(key.trimEnd())).toEqual(['RSA private key']);
  });

  it('any bytes give no key and no throw', () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map(Buffer.from),
      fc.constantFrom('-----BEGIN ', '-----', 'PRIVATE KEY', header('EC PRIVATE KEY'), '\n').map(Buffer.from),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        expect(find(...pieces)).toEqual([]);
      }),
    );
  });
});

describe('time grows with the content, whatever it repeats', () => {
  const label = ['RSA', 'PRIVATE', 'KEY'].join(' ');
  const size = 8 * 1024 * 1024;
  const repeat = (text: string) => text.repeat(Math.ceil(size / text.length)).slice(0, size);

  it.each([
    ['beginnings', repeat('-----BEGIN ')],
    ['headers', repeat(header(label))],
    ['headers and footers', repeat(`${header(label)}${footer(label)}`)],
    ['dashes', repeat('-')],
    ['headers, far from any dash', repeat(`${header(label)}${'A'.repeat(40_000)}`)],
    ['headers with fields', repeat(`${header(label)}\nProc-Type: ${' '.repeat(3000)}`)],
    ['one header and letters', `${header(label)}${repeat('A')}`],
    ['one header, letters and a wrong footer', repeat(`${header(label)}${'Ab'.repeat(15_000)}${footer('X')}`)],
  ])('%s', (_, text) => {
    const bytes = Buffer.from(text);
    const chunks = Array.from({ length: Math.ceil(bytes.length / 65_536) }, (_item, index) =>
      bytes.subarray(index * 65_536, (index + 1) * 65_536),
    );
    const start = performance.now();
    expect(find(...chunks)).toEqual([]);
    expect(performance.now() - start).toBeLessThan(4000);
  });
});

const gpg: Part = { name: 'gpg', path: firstExecutable(['/usr/bin/gpg']), install: 'apt-get install gpg' };

describe('OpenPGP', () => {
  it.for([
    ['ed25519', '', 'PGP private key'],
    ['ed25519', 'a passphrase', 'encrypted PGP private key'],
    ['rsa2048', '', 'PGP private key'],
    ['rsa2048', 'a passphrase', 'encrypted PGP private key'],
    ['nistp256', '', 'PGP private key'],
    ['dsa2048', '', 'PGP private key'],
  ] as const)('%s under %j is %s', ([algorithm, passphrase, what], context) => {
    need(context, [gpg]);
    const home = mkdtempSync(join(tmpdir(), 'hullcheck-gpg-'));
    const run = (...words: readonly string[]) => {
      const common = ['--homedir', home, '--batch', '--pinentry-mode', 'loopback', '--passphrase', passphrase];
      return spawnSync(pathOf(gpg), [...common, ...words], { encoding: 'utf8' });
    };
    try {
      run('--quick-generate-key', 'deploy@acme.io', algorithm, 'default', 'never');
      const { stdout } = run('--armor', '--export-secret-keys');
      expect(stdout).toContain(header('PGP PRIVATE KEY BLOCK'));
      expect(find(stdout)).toEqual([what]);
      expect(find(JSON.stringify({ key: stdout }))).toEqual([what]);
      expect(find(run('--armor', '--export').stdout)).toEqual([]);
    } finally {
      spawnSync(join(dirname(pathOf(gpg)), 'gpgconf'), ['--homedir', home, '--kill', 'all']);
      rmSync(home, { recursive: true, force: true });
    }
  });

  it('is none where the block holds no secret key', () => {
    for (const first of [0x99, 0xc6, 0x00, 0xff]) {
      const body = Buffer.concat([Buffer.of(first, 1, 4), Buffer.alloc(90, 7)]).toString('base64');
      expect(find(block('PGP PRIVATE KEY BLOCK', body))).toEqual([]);
    }
  });

  it('of any bytes is read without a throw', () => {
    fc.assert(
      fc.property(fc.constantFrom(0x94, 0x95, 0x96, 0xc5), fc.uint8Array({ maxLength: 200 }), (tag, bytes) => {
        expect(() => readPgpKey(Buffer.from([tag, ...bytes]))).not.toThrow();
      }),
    );
  });
});
