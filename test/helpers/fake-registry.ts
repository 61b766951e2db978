import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { sha256 } from '../../src/demo/docker-save.ts';
import type { BlobCollection, Descriptor } from './image-forms.ts';

/** A registry on loopback that has one tag of one repository and every blob it is given. */
export interface FakeRegistry {
  /** `127.0.0.1:port`. */
  readonly host: string;
  /** `registry:` name of the image. */
  readonly image: string;
  /** Method, path and, in brackets, the authorization of every request but the first `/v2/`, in order. */
  readonly requests: readonly string[];
}

/** Answers in the place of the registry; false: the registry answers. */
export type Intercept = (request: IncomingMessage, response: ServerResponse, seen: number) => boolean | undefined;

export interface FakeContent {
  readonly blobs: BlobCollection;
  /** What the tag `1` means. */
  readonly top: Descriptor;
}

const repository = 'team/app';

function listen(server: Server): Promise<string> {
  return new Promise((resolve, reject) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (typeof address === 'object' && address !== null) resolve(`127.0.0.1:${address.port}`);
      else reject(new Error('the server has no address'));
    });
  });
}

function answer(path: string, { blobs, top }: FakeContent, response: ServerResponse): void {
  const [, kind, reference = ''] = new RegExp(`^/v2/${repository}/(manifests|blobs)/(.+)$`).exec(path) ?? [];
  const digest = kind === 'manifests' && reference === '1' ? top.digest : reference;
  const bytes = blobs.files[`blobs/${digest.replace(':', '/')}`];
  if (path === '/v2/') response.end('{}');
  else if (bytes === undefined) response.writeHead(404).end('{"errors":[]}');
  else {
    const type = digest === top.digest ? top.mediaType : 'application/octet-stream';
    response.writeHead(200, { 'content-type': type, 'docker-content-digest': `sha256:${sha256(Buffer.from(bytes))}` });
    response.end(bytes);
  }
}

/** Runs `work` with the registry; it is gone then. */
export async function withRegistry<T>(
  content: FakeContent,
  work: (registry: FakeRegistry) => Promise<T>,
  intercept: Intercept = () => false,
): Promise<T> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const { authorization } = request.headers;
    requests.push(`${request.method} ${request.url}${authorization === undefined ? '' : ` [${authorization}]`}`);
    if (intercept(request, response, requests.length) !== true) answer(request.url ?? '', content, response);
  });
  const host = await listen(server);
  try {
    return await work({ host, image: `${host}/${repository}:1`, requests });
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

/** Another server on loopback, e.g. for tokens or redirected blobs; its host. */
export async function withServer<T>(
  listener: (request: IncomingMessage, response: ServerResponse) => void,
  work: (host: string) => Promise<T>,
): Promise<T> {
  const server = createServer(listener);
  const host = await listen(server);
  try {
    return await work(host);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}
