import { join } from 'node:path';
import { neutralise } from '../../domain/neutral-text.ts';
import { parseReference } from '../../domain/reference.ts';
import { UsageError } from '../../domain/usage-error.ts';
import type { Host } from '../../host/host.ts';
import { describeNetworkError, type HttpResponse, NetworkError } from '../../host/network.ts';
import { countBytes, describeFetching, type ImageAccess, type StoreProblem } from './image-access.ts';
import { asText, parseObject } from './json-value.ts';

/** Inspecting is quick; before it streams an image, an engine may have to write it out first. */
const inspectMilliseconds = 60_000;
const silenceMilliseconds = 30 * 60_000;
const saveMilliseconds = 6 * 60 * 60_000;
const documentLimit = 4 * 1024 * 1024;

const identifier = /^(?:sha256:)?[0-9a-f]{64}$/;

function saveHint(name: string): string {
  return `docker save ${name} -o image.tar, then --image image.tar`;
}

interface Sockets {
  /** Absolute paths, the likeliest first. */
  readonly paths: readonly string[];
}

/** Where Docker's and Podman's engines listen unless told otherwise; rootless ones last. */
function usualSockets({ environment }: Host): readonly string[] {
  const runtime = environment['XDG_RUNTIME_DIR'];
  const home = environment['HOME'];
  return [
    '/var/run/docker.sock',
    ...(runtime ? [join(runtime, 'docker.sock')] : []),
    ...(home ? [join(home, '.docker/run/docker.sock'), join(home, '.docker/desktop/docker.sock')] : []),
    ...(runtime ? [join(runtime, 'podman/podman.sock')] : []),
    '/run/podman/podman.sock',
  ];
}

/** DOCKER_HOST, else CONTAINER_HOST, else the usual places that exist. */
async function findSockets(name: string, host: Host): Promise<Sockets | StoreProblem> {
  for (const variable of ['DOCKER_HOST', 'CONTAINER_HOST']) {
    const value = host.environment[variable];
    if (value === undefined || value === '') continue;
    if (value.startsWith('unix:///')) return { paths: [value.slice('unix://'.length)] };
    const problem = `was not examined: ${variable} names no unix socket, and no other engine is asked`;
    return { problem, hint: saveHint(name) };
  }
  const paths: string[] = [];
  for (const path of usualSockets(host))
    if ((await host.files.status(path).catch(() => null)) !== null) paths.push(path);
  if (paths.length > 0) return { paths };
  return {
    problem: 'was not examined: no container engine was found',
    hint: `start Docker or Podman, or set DOCKER_HOST to its socket; elsewhere ${saveHint(name)}`,
  };
}

/** The socket of the engine that would be asked; null: there is none. */
export async function findEngineSocket(host: Host): Promise<string | null> {
  const sockets = await findSockets('', host);
  for (const path of 'paths' in sockets ? sockets.paths : [])
    if ((await host.files.status(path).catch(() => null)) !== null) return path;
  return null;
}

function ask(path: string, socket: string, isLong: boolean, host: Host): Promise<HttpResponse> {
  return host.send({
    method: 'GET',
    url: new URL(`http://engine${path}`),
    socket,
    proxy: null,
    headers: {},
    body: null,
    scopes: ['socket'],
    connectMilliseconds: inspectMilliseconds,
    idleMilliseconds: isLong ? silenceMilliseconds : inspectMilliseconds,
    totalMilliseconds: isLong ? saveMilliseconds : inspectMilliseconds,
  });
}

async function readDocument({ body }: HttpResponse): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > documentLimit) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function unexpected(socket: string, status: number): StoreProblem {
  return {
    problem: `cannot be fetched: the engine at ${socket} answers with status ${status}`,
    hint: 'see what docker save says about it',
  };
}

function unreachable(name: string, socket: string, error: NetworkError): StoreProblem {
  const hint = ['EACCES', 'EPERM'].includes(error.code)
    ? `run as a user who may use the engine (root, or a member of the group docker), or ${saveHint(name)}`
    : `start the engine, or set DOCKER_HOST to its socket; elsewhere ${saveHint(name)}`;
  return { problem: `was not examined: the engine at ${socket} ${describeNetworkError(error)}`, hint };
}

/** What the engine calls the image, or `missing`. Engines save every tag of a name without one, so it gets `latest`. */
async function inspect(name: string, socket: string, host: Host): Promise<string | 'missing' | StoreProblem> {
  const response = await ask(`/images/${name}/json`, socket, false, host);
  const document = await readDocument(response);
  if (response.status === 404) return 'missing';
  const id = document === null || response.status !== 200 ? null : asText(parseObject(document)?.['Id']);
  if (id === null) return unexpected(socket, response.status);
  const reference = parseReference(name);
  const isBare = reference !== null && reference.tag === null && reference.digest === null;
  return isBare && !id.replace('sha256:', '').startsWith(name) ? `${name}:latest` : name;
}

async function save(
  name: string,
  socket: string,
  { host, spool }: ImageAccess,
): Promise<{ path: string } | StoreProblem> {
  const progress = host.progress.begin(`saving ${name} from the engine`, null);
  try {
    const response = await ask(`/images/${name}/get`, socket, true, host);
    if (response.status !== 200) {
      response.discard();
      return unexpected(socket, response.status);
    }
    const path = join(await spool.makeFolder(), 'image.tar');
    await spool.write(path, countBytes(response.body, progress));
    return { path };
  } finally {
    progress.end();
  }
}

/**
 * Streams an image out of a container engine into one file of the spool, as `docker save` writes it (Engine API,
 * `ImageInspect` and `ImageGet`; Podman answers the same). Throws a UsageError where the name is none, or no engine has
 * the image.
 */
export async function saveFromEngine(name: string, access: ImageAccess): Promise<{ path: string } | StoreProblem> {
  if (parseReference(name) === null && !identifier.test(name)) {
    throw new UsageError(`docker-daemon:${neutralise(name, 200)} names no image`, 'write docker-daemon:NAME:TAG');
  }
  const sockets = await findSockets(name, access.host);
  if (!('paths' in sockets)) return sockets;
  let first: StoreProblem | 'missing' | null = null;
  for (const socket of sockets.paths) {
    const outcome = await saveFrom(name, socket, access);
    if (typeof outcome === 'object' && 'path' in outcome) return outcome;
    if (first === null || outcome === 'missing') first = outcome;
  }
  if (first !== null && first !== 'missing') return first;
  throw new UsageError(`the engine has no image ${name}`, 'docker image ls lists what it has');
}

async function saveFrom(
  name: string,
  socket: string,
  access: ImageAccess,
): Promise<{ path: string } | 'missing' | StoreProblem> {
  const shown = neutralise(socket, 400);
  try {
    const known = await inspect(name, socket, access.host);
    return typeof known !== 'string' || known === 'missing' ? known : await save(known, socket, access);
  } catch (error) {
    const isNew = error instanceof NetworkError && ['ENOENT', 'ECONNREFUSED', 'EACCES', 'EPERM'].includes(error.code);
    return isNew ? unreachable(name, shown, error) : describeFetching(error, `the engine at ${shown}`);
  }
}
