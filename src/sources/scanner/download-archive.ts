import { createHash } from 'node:crypto';
import { neutralise } from '../../domain/neutral-text.ts';
import { decodePercent } from '../../domain/package-coordinates.ts';
import type { Host } from '../../host/host.ts';
import { type AddressScope, describeNetworkError, type HttpResponse, NetworkError } from '../../host/network.ts';
import { RegistryError } from '../registry/registry-error.ts';
import { createTransport, type Transport } from '../registry/transport.ts';

/** For the archive to be there, however often it is begun. */
const totalMilliseconds = 10 * 60_000;

export interface ArchiveRequest {
  readonly url: URL;
  readonly scopes: readonly AddressScope[];
  /** 64 hexadecimal digits. */
  readonly sha256: string;
  /** Bytes; more are not read. */
  readonly limit: number;
  /** Where the archive is written; nothing may be there. */
  readonly target: string;
}

/** What a download needs of the world. `pause` waits; tests pass their own. */
export interface DownloadContext {
  readonly host: Host;
  readonly pause?: (milliseconds: number) => Promise<unknown>;
}

class DownloadError extends Error {}

function basicAuthorization({ username, password }: URL): string | null {
  if (username === '' && password === '') return null;
  const plain = `${decodePercent(username)}:${decodePercent(password)}`;
  return `Basic ${Buffer.from(plain).toString('base64')}`;
}

function withoutLogin(url: URL): URL {
  const bare = new URL(url);
  bare.username = '';
  bare.password = '';
  return bare;
}

async function* bounded(response: HttpResponse, limit: number, hash: (chunk: Buffer) => void): AsyncGenerator<Buffer> {
  let size = 0;
  for await (const chunk of response.body) {
    size += chunk.length;
    if (size > limit) {
      response.discard();
      throw new DownloadError(`more than ${limit} bytes are sent, which no release has`);
    }
    hash(chunk);
    yield chunk;
  }
}

/** One whole download; what was written is what was hashed. */
async function fetchOnce(
  request: ArchiveRequest,
  transport: Transport,
  host: Host,
  milliseconds: number,
): Promise<string> {
  const peer = neutralise(request.url.host, 200);
  const response = await transport.send({
    url: withoutLogin(request.url),
    method: 'GET',
    headers: { 'user-agent': 'hullcheck' },
    authorization: basicAuthorization(request.url),
    body: null,
    scopes: request.scopes,
    totalMilliseconds: milliseconds,
  });
  if (response.status !== 200) {
    response.discard();
    throw new DownloadError(`${peer} answers with status ${response.status}`);
  }
  const stated = Number(response.headers['content-length'] ?? 0);
  if (stated > request.limit) {
    response.discard();
    throw new DownloadError(`${peer} wants to send ${stated} bytes, more than any release has`);
  }
  const hash = createHash('sha256');
  await host.files.writeNew(
    request.target,
    bounded(response, request.limit, (chunk) => hash.update(chunk)),
  );
  return hash.digest('hex');
}

function describe(error: unknown): string {
  if (error instanceof NetworkError) return `${neutralise(error.peer, 200)} ${describeNetworkError(error)}`;
  if (error instanceof RegistryError) return error.message.replace(/^cannot be fetched: /, '');
  if (error instanceof DownloadError) return error.message;
  throw error;
}

async function fetchArchive(request: ArchiveRequest, { host, pause }: DownloadContext): Promise<string> {
  const transport = createTransport(host, pause);
  return await transport.whole(totalMilliseconds, async (left) => {
    // What an attempt that broke off has left.
    await host.files.remove(request.target);
    return await fetchOnce(request, transport, host, left);
  });
}

/**
 * Downloads a release archive and compares it with the lock before anybody looks into it. Null when it is the locked
 * one; else why not, as a sentence, and nothing is left at `target`.
 */
export async function downloadArchive(request: ArchiveRequest, context: DownloadContext): Promise<string | null> {
  try {
    const sha256 = await fetchArchive(request, context);
    if (sha256 === request.sha256) return null;
    await context.host.files.remove(request.target);
    const peer = neutralise(request.url.host, 200);
    return `${peer} sends other bytes than the locked ones: SHA-256 ${sha256}, not ${request.sha256}`;
  } catch (error) {
    await context.host.files.remove(request.target);
    return describe(error);
  }
}
