import { describe, expect, it } from 'vitest';
import { ContentScanner } from '../../../src/sources/secret/content-scanner.ts';
import { awsAccountOf, isBech32 } from '../../../src/sources/secret/detectors/checksum.ts';
import { type Detector, reach, type SecretFound } from '../../../src/sources/secret/detectors/detector.ts';
import { vendorOf } from '../../../src/sources/secret/detectors/sight.ts';
import { detectors } from '../../../src/sources/secret/detectors/table.ts';
import { filler, jwtOf, samples } from './detector-samples.ts';

let found: SecretFound[] = [];
const scanner = new ContentScanner((match) => found.push(match));

function find(text: string): readonly SecretFound[] {
  found = [];
  scanner.push(Buffer.from(text));
  scanner.end();
  return found;
}

const idsIn = (text: string) => find(text).map((match) => match.detector);

describe('the table', () => {
  it('has samples for each detector, and no others', () => {
    expect(detectors.map((detector) => detector.id).sort()).toEqual(Object.keys(samples).sort());
  });

  it('has at least ninety detectors, each with a page of its own id', () => {
    expect(detectors.length).toBeGreaterThanOrEqual(90);
    for (const { id } of detectors) expect(id).toMatch(/^[a-z0-9]+(?:-[a-z0-9]+)*$/);
  });

  it.each(detectors)('$id: anchors, reach and page are sound', (detector) => {
    expect(detector.anchors.length).toBeGreaterThan(0);
    for (const anchor of detector.anchors) expect(anchor).toMatch(/^[\x20-\x7e]{3,64}$/);
    expect(detector.before ?? 0).toBeLessThanOrEqual(reach.before);
    expect(detector.after ?? 0).toBeLessThanOrEqual(reach.after);
    expect(detector.pattern.flags).toMatch(/^[gy]$/);
    const bare = detector.pattern.source.replace(/\\./g, '').replace(/\[[^\]]*\]/g, '');
    expect(bare, 'without an open end').not.toMatch(/[*+]|\{\d+,\}/);
    if (detector.revokeUrl !== null) expect(new URL(detector.revokeUrl).protocol).toBe('https:');
  });
});

/** The text, and what base64 in it says. */
function withDecoded(text: string): string {
  return [
    text,
    ...(text.match(/[A-Za-z0-9+/]{200,}/g) ?? []).map((part) => atob(part.slice(0, part.length & ~3))),
  ].join('');
}

describe.each(Object.entries(samples))('%s', (id, sample) => {
  const detector = detectors.find((candidate) => candidate.id === id);

  it('is found, once, with an anchor in it', () => {
    for (const text of sample.found) {
      expect(idsIn(text), text.slice(0, 24)).toEqual([id]);
      expect(detector?.anchors.some((anchor) => text.includes(anchor))).toBe(true);
    }
  });

  it('is found in the midst of other text and of binary data', () => {
    for (const text of sample.found) {
      expect(idsIn(`${'lorem ipsum\n'.repeat(100)} ${text}${'\ndolor sit amet'.repeat(100)}`)).toEqual([id]);
      expect(idsIn(`${'\0\u0001'.repeat(500)}${text}\0${'\u0002'.repeat(500)}`)).toEqual([id]);
    }
  });

  it('passes what only looks like it', () => {
    for (const text of sample.passed) expect(idsIn(text), text.slice(0, 24)).toEqual([]);
  });

  it('keeps the value to itself', () => {
    for (const text of sample.found) {
      for (const { value, what, revokeUrl } of find(text)) {
        expect(withDecoded(text).replace(/\\n|\n/g, '')).toContain(value.replace(/\n/g, ''));
        expect(`${what} ${revokeUrl}`).not.toContain(value);
      }
    }
  });
});

describe('proof', () => {
  const proofOf = (text: string) => find(text).map(({ proof, what }) => `${proof} ${what}`);
  const [pair = '', id = ''] = samples['aws-access-key']?.found ?? [];
  const [, service = '', account = ''] = samples['jwt']?.found ?? [];

  it.each([
    ['an AWS id with its secret', pair, 'validated AWS access key'],
    ['an AWS id alone', id, 'plausible AWS access key id'],
    ['a Supabase service role', service, 'validated Supabase service role key'],
    ['a Kubernetes service account', account, 'validated Kubernetes service account token'],
    ['a Gemini key', samples['google-api-key']?.found[0] ?? '', 'validated Google API key'],
    ['a Google key of no known use', samples['google-api-key']?.found[1] ?? '', 'plausible Google API key'],
    [
      'a PuTTY key under a passphrase',
      samples['putty-key']?.found[1] ?? '',
      'plausible PuTTY private key under a passphrase',
    ],
  ])('%s', (_, text, expected) => {
    expect(proofOf(text)).toEqual([expected]);
  });

  it('passes on when a token ends', () => {
    expect(find(jwtOf({ sub: 'service', exp: 1_700_000_000 }))).toMatchObject([{ expires: 1_700_000_000 }]);
    expect(find(jwtOf({ sub: 'service' }))).toMatchObject([{ expires: null }]);
  });
});

describe('checksums', () => {
  it.each([
    // BIP 173's test vectors.
    ['A12UEL5L', true],
    ['a12uel5l', true],
    ['an83characterlonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio1tt5tgs', true],
    ['abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw', true],
    ['A12uEL5L', false],
    ['a12uel5m', false],
    ['pzry9x0s0muk', false],
    ['', false],
  ])('bech32 %s', (text, expected) => {
    expect(isBech32(text)).toBe(expected);
  });

  it('reads the account from an AWS access key id', () => {
    // The id and account of the public write-up on the format.
    expect(awsAccountOf(`ASIA${'QNZGKIQY56JQ7WML'}`)).toBe('029608264753');
    expect(awsAccountOf(`AKIAI${'OSFODNN7ABCDEFG'}`)).toBeNull();
    expect(awsAccountOf(`AKIA${'7'.repeat(16)}`)).toBeNull();
    expect(awsAccountOf('AKIA')).toBeNull();
  });
});

describe('vendorOf', () => {
  const wholeValue = ({ pattern, near, vendor }: Detector) =>
    vendor !== null && near === undefined && !pattern.source.includes('?<value>');
  const whole = detectors
    .filter(wholeValue)
    .filter(({ id }) => !['gcp-service-account', 'encoded-service-account'].includes(id));

  it.each(whole)('$id: knows the whole value, and nothing around it', ({ id, vendor }) => {
    const [found] = find(samples[id]?.found[0] ?? '');
    const value = id === 'aws-access-key' ? `AKIAQB${filler(14, 'base32')}` : (found?.value ?? '');
    expect(vendorOf(value)).toMatchObject({ detector: id, vendor });
    for (const text of [` ${value}`, `${value}\n`, `${value}!`, `!${value}`]) expect(vendorOf(text)).toBeNull();
  });

  it.each(['PATH', 'sk-learn-is-a-python-package', 'hf_transfer', `sha256:${filler(64, 'hex')}`, filler(40), ''])(
    '%j is no credential',
    (value) => {
      expect(vendorOf(value)).toBeNull();
    },
  );

  it('knows a vendor by what a token says of itself', () => {
    expect(vendorOf(samples['jwt']?.found[1] ?? '')).toMatchObject({ vendor: 'Supabase' });
    expect(vendorOf(jwtOf({ iss: 'https://auth.acme.io', sub: 'service' }))).toBeNull();
  });
});

/** Content made to waste time: what each detector's pattern gets furthest on, again and again. */
function hostileTexts({ id, anchors }: Detector): readonly string[] {
  const [text = ''] = samples[id]?.found ?? [];
  const part = text.trim().slice(0, -1);
  return [...anchors.slice(0, 2), part, `${anchors[0]}${'a'.repeat(60)}`, `${part.slice(0, 40)} `, `a${anchors[0]}-`];
}

it.each(detectors)('$id: time grows with the content and no faster', (detector) => {
  const small = 4 * 1024;
  for (const unit of hostileTexts(detector)) {
    const measure = (size: number) => {
      const content = unit.repeat(Math.ceil(size / unit.length)).slice(0, size);
      const start = performance.now();
      find(content);
      return performance.now() - start;
    };
    measure(small);
    const base = Math.max(measure(small), measure(small), 2);
    const longer = Math.min(measure(8 * small), measure(8 * small));
    // Thirty-two times slower would be time that grows with the square.
    expect(longer / base, unit.slice(0, 24)).toBeLessThan(4 * 8);
  }
});
