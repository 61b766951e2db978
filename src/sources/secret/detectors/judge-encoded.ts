import { keepReal, readDockerAuths } from '../credential-reader.ts';
import { keyAnchor, privateKeyAt } from '../private-key.ts';
import type { Sighting, Verdict } from './detector.ts';
import { parseObject } from './json-object.ts';

/** The `.dockerconfigjson` of a Kubernetes Secret: base64 of Docker's config, told when it holds a login. */
export function judgeDockerConfig({ value }: Sighting): Verdict | null {
  const logins = keepReal(readDockerAuths(Buffer.from(value, 'base64').toString('utf8')) ?? []);
  return logins.length === 0 ? null : { proof: 'validated' };
}

/** Grafana's API keys are base64 of an object with key, name and organization (grafana pkg/components/apikeygen). */
export function judgeGrafanaKey({ value }: Sighting): Verdict | null {
  const { k, n, id } = parseObject(Buffer.from(value, 'base64').toString('utf8')) ?? {};
  return typeof k === 'string' && typeof n === 'string' && typeof id === 'number' ? { proof: 'validated' } : null;
}

/** What a PEM block in base64 begins with, as tools that take one line want a key. */
const keyHeader = /^-----BEGIN (?:[A-Z]{2,9} )?PRIVATE KEY(?: BLOCK)?-----\s{1,4}[A-Za-z0-9+/=\s:,-]{64}/;

function judgeKeyText(text: string): Verdict | null {
  const key = privateKeyAt(text);
  if (key !== null) return { proof: key.isEncrypted ? 'plausible' : 'validated', value: key.body };
  // A long key ends behind what is looked at.
  return keyHeader.test(text) && !text.includes('-----END') ? { proof: 'plausible' } : null;
}

/** A private key in base64: the value is the key's own body, so that it is the same secret as where it stands plain. */
export function judgeEncodedKey({ value }: Sighting): Verdict | null {
  return judgeKeyText(Buffer.from(value, 'base64').toString('latin1'));
}

/** A service account's JSON in base64. */
export function judgeEncodedAccount({ value }: Sighting): Verdict | null {
  const text = Buffer.from(value, 'base64').toString('latin1');
  const start = text.indexOf(keyAnchor);
  return start < 0 ? null : judgeKeyText(text.slice(start));
}
