import type { Detector } from './detector.ts';
import { judgeDatabaseUrl, judgePuttyKey } from './judge.ts';
import { judgeJwt } from './jwt.ts';
import { wordToken } from './pattern.ts';

/** Credentials of no one vendor. */
export const genericDetectors: readonly Detector[] = [
  {
    id: 'database-url',
    vendor: null,
    what: 'database URL with a password',
    anchors: [
      'postgres://',
      'postgresql://',
      'postgresql+',
      'cockroachdb://',
      'mysql://',
      'mysql+',
      'mysqlx://',
      'mariadb://',
      'mariadb+',
      'mongodb://',
      'mongodb+srv://',
      'redis://',
      'rediss://',
      'amqp://',
      'amqps://',
      'mssql+',
      'clickhouse://',
    ],
    pattern:
      /(?:postgres(?:ql)?|cockroachdb|mysqlx?|mariadb|mongodb|rediss?|amqps?|mssql|clickhouse)(?:\+[a-z0-9]{2,12})?:\/\/(?<user>[^\s:/?#"'`<>@\\]{0,64}):(?<value>[^\s/?#"'`<>@\\]{4,128})@(?<host>[^\s:/?#"'`<>,\\@]{1,128})/y,
    proof: 'plausible',
    entropy: 0,
    validate: judgeDatabaseUrl,
    revokeUrl: null,
  },
  {
    id: 'jwt',
    vendor: null,
    what: 'signed token (JWT)',
    anchors: ['eyJhbGci', 'eyJ0eXAi', 'eyJraWQi', 'eyJqa3Ui', 'eyJ4NXQi', 'eyJjdHki'],
    pattern: wordToken(String.raw`eyJ[\w-]{8,1000}\.eyJ[\w-]{8,2000}\.[\w-]{20,700}`),
    after: 4096,
    proof: 'plausible',
    validate: judgeJwt,
    revokeUrl: null,
  },
  {
    id: 'wandb-netrc',
    vendor: 'Weights & Biases',
    what: 'Weights & Biases API key',
    anchors: ['machine api.wandb.ai'],
    pattern: /machine api\.wandb\.ai\s{1,8}login\s{1,8}\S{1,64}\s{1,8}password\s{1,8}(?<value>[0-9a-f]{40})/y,
    proof: 'validated',
    revokeUrl: 'https://wandb.ai/settings',
  },
  {
    id: 'putty-key',
    vendor: null,
    what: 'PuTTY private key',
    anchors: ['PuTTY-User-Key-File-'],
    pattern: /PuTTY-User-Key-File-[23]: [^\0]{20,2600}?Private-Lines: \d{1,3}\r?\n(?<value>[A-Za-z0-9+/=]{20,64})/y,
    after: 4096,
    proof: 'validated',
    validate: judgePuttyKey,
    revokeUrl: null,
  },
  {
    id: 'wireguard-key',
    vendor: null,
    what: 'WireGuard private key',
    anchors: ['PrivateKey = ', 'PrivateKey='],
    pattern: /PrivateKey ?= ?(?<value>[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=)(?![A-Za-z0-9+/=])/y,
    near: ['[interface]', '[peer]', 'wireguard'],
    proof: 'validated',
    revokeUrl: null,
  },
];
