import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

/**
 * The two calls of the Engine API that are used (`ImageInspect`, `ImageGet`), on a unix socket at `path`, for images by
 * name. Runs `work` and gives what was asked.
 */
export async function withEngine(
  path: string,
  images: Readonly<Record<string, Buffer>>,
  work: () => Promise<void>,
  intercept: (request: IncomingMessage, response: ServerResponse) => boolean = () => false,
): Promise<readonly string[]> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    if (intercept(request, response)) return;
    const [, name = '', call] = /^\/images\/(.+)\/(json|get)$/.exec(request.url ?? '') ?? [];
    const archive = images[name] ?? images[`${name}:latest`];
    if (archive === undefined) response.writeHead(404).end('{"message":"No such image"}');
    else if (call === 'json') response.end(JSON.stringify({ Id: `sha256:${'ab'.repeat(32)}` }));
    else response.end(archive);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  try {
    await work();
  } finally {
    server.close();
    server.closeAllConnections();
  }
  return requests;
}
