import { isPlaceholder } from '../../../domain/placeholder.ts';
import { parsePrivateKey } from '../private-key.ts';
import { awsAccountOf, hasTokenChecksum, isBech32 } from './checksum.ts';
import type { Sighting, Verdict } from './detector.ts';
import { entropyOf, isMadeUp } from './made-up.ts';

/** GitHub and npm: without the checksum it is no token. */
export function judgeChecksum({ value }: Sighting): Verdict | null {
  return hasTokenChecksum(value) ? { proof: 'validated' } : null;
}

export function judgeBech32({ value }: Sighting): Verdict | null {
  return isBech32(value) ? { proof: 'validated' } : null;
}

const awsSecret = /(?<![A-Za-z0-9+/=])[A-Za-z0-9+/]{40}(?![A-Za-z0-9+/=])/g;

/** Forty characters of base64 in which all kinds occur: no digest, path or word. */
function isAwsSecret(text: string): boolean {
  return /[a-z]/.test(text) && /[A-Z]/.test(text) && /\d/.test(text) && entropyOf(text) > 4 && !isMadeUp(text);
}

/** An id with its secret nearby is a key pair; alone it names an account's key and opens nothing. */
export function judgeAwsKey({ value, text, index }: Sighting): Verdict | null {
  const isOld = /^AKIA[IJ]/.test(value);
  if (!isOld && awsAccountOf(value) === null) return null;
  const around = text.slice(Math.max(0, index - 400), index + 400);
  const secret = (around.match(awsSecret) ?? []).find(isAwsSecret);
  return secret === undefined
    ? { proof: 'plausible', what: 'AWS access key id' }
    : { proof: 'validated', value: secret, what: 'AWS access key' };
}

/** The secret half by the name of its setting. */
export function judgeAwsSecret({ value }: Sighting): Verdict | null {
  return isAwsSecret(value) ? { proof: 'validated' } : null;
}

/** The key inside is parsed; its body is the value, so that it is the same secret as the private key found there. */
export function judgeServiceAccount({ text, index }: Sighting): Verdict | null {
  const field = /"private_key"\s{0,8}:\s{0,8}"/.exec(text.slice(index));
  const ahead = text.slice(index + (field?.index ?? 0) + (field?.[0].length ?? 0));
  const key = field === null ? null : parsePrivateKey(ahead);
  return key === null ? null : { proof: 'validated', value: key.body };
}

/** What stands in manuals where a password belongs. */
const everydayPassword =
  /^(?:(?:my|your|the|db|some|super|top|very|database|user|admin|root)?[_-]?(?:pass(?:word|wd|wort)?|pw|pwd|secret(?:password)?|test(?:ing)?|admin|root|user|postgres|mysql|redis|mongo|rabbitmq|guest|foo|bar|baz|demo|example|changeme|hunter2|tiger|p[a@]ss(?:w[o0]rd)?|abc|letmein|default)[_-]?\d{0,4}!?)$/i;
const everydayHost =
  /^(?:localhost|127\.\d+\.\d+\.\d+|0\.0\.0\.0|\[::1\]|(?:your|my|some|db|the)?[-_.]?(?:host(?:name)?|server)|(?:.{0,100}\.)?(?:example(?:\.\w{2,8})?|test|invalid|localhost|server\.com|host\.com|domain\.com|mydomain\.\w{2,8}))$/i;

/** A URL with a password for a database that is somebody's: not a manual's, and not only reachable on the same machine. */
export function judgeDatabaseUrl({ value, groups }: Sighting): Verdict | null {
  const { user, host = '' } = groups;
  const isEncoded = /%[0-9A-Fa-f]{2}/.test(value) && !/\$\{|\{\{/.test(value);
  const isReference = /[${}<>%*]|^:/.test(value) && !isEncoded;
  if (value === user || isReference || isPlaceholder(value)) return null;
  if (everydayPassword.test(value) || everydayHost.test(host)) return null;
  return { proof: 'plausible' };
}

/** Firebase's web keys only name a project: they are public by design and stand beside its other settings. */
export function judgeGoogleKey({ text, index }: Sighting): Verdict | null {
  const around = text.slice(Math.max(0, index - 256), index + 400);
  // The key in the URL of a chat webhook is the same for all; its token is the credential.
  if (/authDomain|messagingSenderId|mobilesdk_app_id|storageBucket|chat\.googleapis\.com/.test(around)) return null;
  return /gemini|generativelanguage|GOOGLE_API_KEY|google[_-]?genai/i.test(around)
    ? { proof: 'validated' }
    : { proof: 'plausible' };
}

/** An npm token may be a legacy UUID or a private registry's own: only the format with a checksum proves itself. */
export function judgeRegistryToken({ value }: Sighting): Verdict | null {
  // npm's own tokens are found by their format.
  return /^npm_[A-Za-z0-9]{36}$/.test(value) ? null : { proof: 'plausible' };
}

/** PuTTY states the encryption of the key in its header. */
export function judgePuttyKey({ text, index }: Sighting): Verdict | null {
  const block = text.slice(index);
  if (!/Private-Lines: \d{1,3}\s/.test(block)) return null;
  return /Encryption: none\s/.test(block)
    ? { proof: 'validated' }
    : { proof: 'plausible', what: 'PuTTY private key under a passphrase' };
}
