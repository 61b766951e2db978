import type { Sighting, Verdict } from './detector.ts';
import { parseObject } from './json-object.ts';

function decodePart(part: string | undefined): Readonly<Record<string, unknown>> | null {
  return part === undefined ? null : parseObject(Buffer.from(part, 'base64url').toString('utf8'));
}

/** Tokens of RFC 7519, jwt.io and Supabase's local stack, which stand in every manual. */
function isPublished(payload: Readonly<Record<string, unknown>>): boolean {
  const { name, sub, iss } = payload;
  return (
    name === 'John Doe' ||
    sub === '1234567890' ||
    iss === 'joe' ||
    iss === 'supabase-demo' ||
    (typeof iss === 'string' && /example/i.test(iss))
  );
}

/** Claims that tokens are checked by; one without any opens nothing. */
const meaningfulClaims = [
  'iss',
  'sub',
  'aud',
  'exp',
  'jti',
  'role',
  'roles',
  'scope',
  'scp',
  'email',
  'user_id',
  'client_id',
];

const supabase = { vendor: 'Supabase', revokeUrl: 'https://supabase.com/dashboard/project/_/settings/api-keys' };

function judgePayload(payload: Readonly<Record<string, unknown>>): Verdict | null {
  const { iss, role } = payload;
  if (iss === 'supabase' || role === 'service_role') {
    const isService = role === 'service_role';
    return isService ? { proof: 'validated', ...supabase, what: 'Supabase service role key' } : null;
  }
  if (typeof iss === 'string' && /^(?:kubernetes\/serviceaccount|https:\/\/kubernetes\.default)/.test(iss)) {
    return { proof: 'validated', vendor: 'Kubernetes', what: 'Kubernetes service account token' };
  }
  return { proof: 'plausible' };
}

/**
 * Judges a signed token by what it says of itself (RFC 7519): examples, unsigned tokens and roles that are public by
 * design are none; an expiry is passed on, as only the day it is judged on tells whether it still opens anything.
 */
export function judgeJwt({ value }: Sighting): Verdict | null {
  const [head, body] = value.split('.');
  const header = decodePart(head);
  const payload = decodePart(body);
  if (header === null || payload === null || typeof header['alg'] !== 'string' || header['alg'] === 'none') return null;
  if (isPublished(payload) || !meaningfulClaims.some((claim) => claim in payload)) return null;
  const verdict = judgePayload(payload);
  const { exp } = payload;
  return verdict === null || typeof exp !== 'number' ? verdict : { ...verdict, expires: exp };
}
