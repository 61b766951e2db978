import { crc32 } from './crc32.ts';

/** A vendor's credential format: anchored, bounded, so that a match is a credential and not a guess. */
export interface VendorFormat {
  readonly vendor: string;
  readonly pattern: RegExp;
  readonly revokeUrl: string;
  /** A checksum or structure check beyond the pattern. */
  readonly validate?: (value: string) => boolean;
}

const base62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** GitHub and npm tokens end in the CRC-32 of their random part, base62, padded to 6 (GitHub engineering blog 2021-04-05). */
function hasChecksum(value: string): boolean {
  const random = value.slice(value.indexOf('_') + 1, -6);
  let rest = crc32(Buffer.from(random));
  let digits = '';
  for (let i = 0; i < 6; i++) {
    digits = `${base62[rest % 62] ?? ''}${digits}`;
    rest = Math.floor(rest / 62);
  }
  return digits === value.slice(-6);
}

export const vendorFormats: readonly VendorFormat[] = [
  {
    vendor: 'OpenAI',
    pattern: /^sk-(?:(?:proj|svcacct|admin)-)?[\w-]{20,74}T3BlbkFJ[\w-]{20,74}$/,
    revokeUrl: 'https://platform.openai.com/api-keys',
  },
  {
    vendor: 'Anthropic',
    pattern: /^sk-ant-(?:api|admin)\d\d-[\w-]{80,128}AA$/,
    revokeUrl: 'https://console.anthropic.com/settings/keys',
  },
  {
    vendor: 'Hugging Face',
    pattern: /^(?:hf_|api_org_)[A-Za-z0-9]{34}$/,
    revokeUrl: 'https://huggingface.co/settings/tokens',
  },
  { vendor: 'Google', pattern: /^AIza[\w-]{35}$/, revokeUrl: 'https://console.cloud.google.com/apis/credentials' },
  { vendor: 'Groq', pattern: /^gsk_[A-Za-z0-9]{52}$/, revokeUrl: 'https://console.groq.com/keys' },
  { vendor: 'xAI', pattern: /^xai-\w{70,120}$/, revokeUrl: 'https://console.x.ai' },
  { vendor: 'OpenRouter', pattern: /^sk-or-v1-[0-9a-f]{64}$/, revokeUrl: 'https://openrouter.ai/settings/keys' },
  { vendor: 'Replicate', pattern: /^r8_[\w-]{37}$/, revokeUrl: 'https://replicate.com/account/api-tokens' },
  { vendor: 'NVIDIA', pattern: /^nvapi-[\w-]{60,70}$/, revokeUrl: 'https://build.nvidia.com/settings/api-keys' },
  { vendor: 'Pinecone', pattern: /^pcsk_[A-Za-z0-9]{5,6}_[A-Za-z0-9]{63}$/, revokeUrl: 'https://app.pinecone.io' },
  {
    vendor: 'LangSmith',
    pattern: /^lsv2_(?:pt|sk)_[a-f0-9]{32}_[a-f0-9]{10}$/,
    revokeUrl: 'https://smith.langchain.com/settings',
  },
  {
    vendor: 'AWS',
    pattern: /^(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}$/,
    revokeUrl: 'https://console.aws.amazon.com/iam/home#/security_credentials',
  },
  {
    vendor: 'GitHub',
    pattern: /^gh[pousr]_[A-Za-z0-9]{36}$/,
    revokeUrl: 'https://github.com/settings/tokens',
    validate: hasChecksum,
  },
  {
    vendor: 'GitHub',
    pattern: /^github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}$/,
    revokeUrl: 'https://github.com/settings/tokens',
  },
  {
    vendor: 'GitLab',
    pattern: /^glpat-[\w-]{20,}$/,
    revokeUrl: 'https://gitlab.com/-/user_settings/personal_access_tokens',
  },
  {
    vendor: 'npm',
    pattern: /^npm_[A-Za-z0-9]{36}$/,
    revokeUrl: 'https://www.npmjs.com/settings/~/tokens',
    validate: hasChecksum,
  },
  { vendor: 'Slack', pattern: /^xox[abpr]-\d{10,13}-[\w-]{20,180}$/, revokeUrl: 'https://api.slack.com/apps' },
  {
    vendor: 'Stripe',
    pattern: /^(?:sk|rk)_live_[A-Za-z0-9]{10,99}$/,
    revokeUrl: 'https://dashboard.stripe.com/apikeys',
  },
  {
    vendor: 'Docker',
    pattern: /^dckr_(?:pat_[\w-]{27}|oat_[\w-]{32})$/,
    revokeUrl: 'https://app.docker.com/settings/personal-access-tokens',
  },
];

/** The format a whole value has, if any. Values over 512 characters are no token. */
export function vendorFormatOf(value: string): VendorFormat | null {
  if (value.length > 512) return null;
  return vendorFormats.find((format) => format.pattern.test(value) && (format.validate?.(value) ?? true)) ?? null;
}
