import { neutralise } from '../../domain/neutral-text.ts';
import type { ImageReference } from '../../domain/reference.ts';
import type { Host } from '../../host/host.ts';
import { type AddressScope, type HttpResponse, isLoopbackHost, NetworkError } from '../../host/network.ts';
import { asText, parseObject } from '../image/json-value.ts';
import { type Challenge, parseChallenges } from './challenge.ts';
import { type Credentials, findCredentials } from './credentials.ts';
import { RegistryError } from './registry-error.ts';
import { isSecure, readBody, scopesAfter, type Transport } from './transport.ts';

type Headers = Readonly<Record<string, string>>;

/** Requests to one repository, logged in as the registry asks for it. */
export interface Session {
  /** Host and port. */
  readonly peer: string;
  /** GET of a path under `/v2/<repository>/`. The answer may have any status but 401 and 403. */
  get(path: string, headers: Headers, totalMilliseconds: number): Promise<HttpResponse>;
}

interface SessionContext {
  readonly reference: ImageReference;
  readonly transport: Transport;
  readonly host: Host;
  /** The checked folder, from which no credential helper is run. */
  readonly directory: string;
}

const shortMilliseconds = 60_000;
const tokenLimit = 1024 * 1024;
/** The host the user named may lie anywhere. */
const namedScopes: readonly AddressScope[] = ['public', 'private', 'loopback', 'link-local'];
/** What can stand in a header. */
const tokenPattern = /^[\x21-\x7e]{1,32768}$/;

const loginHint = 'log in with docker login, whose config.json is read, or save the image and pass the archive';

/** Docker Hub's API has a host of its own (distribution/reference, normalize.go; docker/docs, registry). */
function apiHost({ registry }: ImageReference): string {
  return registry === 'docker.io' ? 'registry-1.docker.io' : registry;
}

function hasNoTls(error: unknown): boolean {
  return error instanceof NetworkError && (error.code === 'EPROTO' || error.code.startsWith('ERR_SSL_'));
}

function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

/** Bearer before Basic; null: nothing that is known. */
function pickChallenge(header: string | undefined): Challenge | null {
  const challenges = parseChallenges(header ?? '');
  const named = (scheme: string) => challenges.find((challenge) => challenge.scheme === scheme);
  return named('bearer') ?? named('basic') ?? null;
}

function tokenRequest(realm: URL, challenge: Challenge, scope: string, credentials: Credentials | null) {
  const service = challenge.parameters.get('service');
  const fields = new URLSearchParams({ ...(service === undefined ? {} : { service }), scope });
  if (credentials?.kind === 'refresh') {
    fields.set('grant_type', 'refresh_token');
    fields.set('client_id', 'hullcheck');
    fields.set('refresh_token', credentials.token);
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return { method: 'POST', url: realm, headers, authorization: null, body: fields.toString() } as const;
  }
  const url = new URL(realm);
  for (const [name, value] of fields) url.searchParams.set(name, value);
  const authorization = credentials === null ? null : basic(credentials.user, credentials.password);
  return { method: 'GET', url, headers: {}, authorization, body: null } as const;
}

/** Asks the token server for a pull token (distribution/distribution docs, spec/auth/token and oauth). */
async function fetchToken(
  context: SessionContext,
  challenge: Challenge,
  realm: URL,
  scopes: readonly AddressScope[],
  credentials: Credentials | null,
): Promise<string> {
  const scope = `repository:${context.reference.repository}:pull`;
  const request = tokenRequest(realm, challenge, scope, credentials);
  const response = await context.transport.send({ ...request, scopes, totalMilliseconds: shortMilliseconds });
  const bytes = await readBody(response, tokenLimit, `the answer of ${realm.host}`);
  if (response.status === 401 || response.status === 403) {
    const who = credentials === null ? 'asks for a login' : 'refuses the login of config.json';
    throw new RegistryError(`cannot be fetched: ${neutralise(realm.host, 200)} ${who}`, loginHint);
  }
  const answer = response.status === 200 ? parseObject(bytes) : null;
  const token = asText(answer?.['token']) ?? asText(answer?.['access_token']) ?? '';
  if (tokenPattern.test(token)) return `Bearer ${token}`;
  throw new RegistryError(
    `cannot be fetched: ${neutralise(realm.host, 200)} gives no token (status ${response.status})`,
    loginHint,
  );
}

/** The authorization a challenge asks for. `told` is where the challenge came from. */
async function answerChallenge(context: SessionContext, response: HttpResponse, base: URL): Promise<string> {
  const challenge = pickChallenge(response.headers['www-authenticate']);
  if (challenge === null) {
    throw new RegistryError(`cannot be fetched: ${base.host} asks for a kind of login that is not known`, loginHint);
  }
  const credentials = await findCredentials(context.reference.registry, context.directory, context.host);
  const realm = challenge.parameters.get('realm') ?? '';
  if (challenge.scheme === 'basic' || !URL.canParse(realm)) {
    if (credentials?.kind === 'password') return basic(credentials.user, credentials.password);
    throw new RegistryError(`cannot be fetched: ${base.host} asks for a login`, loginHint);
  }
  const url = new URL(realm);
  const isOwn = url.host === base.host;
  const scopes = isOwn ? namedScopes : scopesAfter(response.scope);
  if (!isSecure(url, scopes)) {
    throw new RegistryError(
      `cannot be fetched: ${base.host} wants its login sent to ${neutralise(url.host, 200)} without encryption`,
      'ask whoever runs the registry',
    );
  }
  return await fetchToken(context, challenge, url, scopes, credentials);
}

interface Login {
  readonly base: URL;
  readonly authorization: string | null;
}

/** Asks `/v2/` whether and how to log in. A registry on this machine may do without TLS, as Docker has it. */
async function logIn(context: SessionContext): Promise<Login> {
  const ping = (base: URL) =>
    context.transport.send({
      method: 'GET',
      url: new URL('/v2/', base),
      headers: {},
      authorization: null,
      body: null,
      scopes: base.protocol === 'http:' ? ['loopback'] : namedScopes,
      totalMilliseconds: shortMilliseconds,
    });
  let base = new URL(`https://${apiHost(context.reference)}`);
  const response = await ping(base).catch((error: unknown) => {
    if (!isLoopbackHost(base) || !hasNoTls(error)) throw error;
    base = new URL(`http://${apiHost(context.reference)}`);
    return ping(base);
  });
  response.discard();
  return { base, authorization: response.status === 401 ? await answerChallenge(context, response, base) : null };
}

/**
 * Opens a session. When the registry says 401 later, the token has expired or the repository has a login of its own: all
 * begins anew once, from `/v2/` (a second challenge may lead elsewhere: NVIDIA/nvidia-container-toolkit#1945).
 */
export async function openSession(context: SessionContext): Promise<Session> {
  const first = await logIn(context);
  let login: Promise<Login> = Promise.resolve(first);
  const renew = async (refused: HttpResponse): Promise<Login> => {
    const again = await logIn(context);
    return { ...again, authorization: again.authorization ?? (await answerChallenge(context, refused, again.base)) };
  };
  const request = ({ base, authorization }: Login, path: string, headers: Headers, totalMilliseconds: number) =>
    context.transport.send({
      method: 'GET',
      url: new URL(`/v2/${context.reference.repository}/${path}`, base),
      headers,
      authorization,
      body: null,
      scopes: base.protocol === 'http:' ? ['loopback'] : namedScopes,
      totalMilliseconds,
    });
  return {
    peer: first.base.host,
    async get(path, headers, totalMilliseconds) {
      const used = login;
      let response = await request(await used, path, headers, totalMilliseconds);
      if (response.status === 401) {
        response.discard();
        // Requests run side by side: the first that is refused logs in for all.
        if (login === used) login = renew(response);
        response = await request(await login, path, headers, totalMilliseconds);
      }
      if (response.status !== 401 && response.status !== 403) return response;
      response.discard();
      const who = (await login).authorization === null ? 'asks for a login' : 'refuses the login';
      throw new RegistryError(`cannot be fetched: ${first.base.host} ${who} (status ${response.status})`, loginHint);
    },
  };
}
