import { createHash } from 'node:crypto';
import { pack } from 'tar-stream';

/** One step of an image: what its layer adds and deletes, or nothing for a step that makes no layer. */
export interface ImageStep {
  readonly createdBy: string;
  /** Path in the image -> content. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  /** Paths the step deletes, as whiteouts. */
  readonly deletes?: readonly string[];
}

export interface ImageContent {
  readonly tag: string;
  readonly steps: readonly ImageStep[];
  readonly user?: string;
  readonly environment?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
}

export type TarFile = readonly [name: string, content: string | Uint8Array];

/** The blobs an image is made of, whatever archive they are put into. */
export interface ImageBlobs {
  readonly tag: string;
  readonly config: Buffer;
  /** Uncompressed tars, base first. */
  readonly layers: readonly Buffer[];
}

/** A tar of regular files with fixed times, so that the same content gives the same digests. */
export async function tarOf(files: readonly TarFile[]): Promise<Buffer> {
  const archive = pack();
  for (const [name, content] of files) archive.entry({ name, mtime: new Date(0), mode: 0o644 }, Buffer.from(content));
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function whiteout(path: string): string {
  const slash = path.lastIndexOf('/') + 1;
  return `${path.slice(0, slash)}.wh.${path.slice(slash)}`;
}

function layerFiles(step: ImageStep): readonly TarFile[] | null {
  const added = Object.entries(step.files ?? {});
  const deleted = (step.deletes ?? []).map((path): TarFile => [whiteout(path), '']);
  return step.files === undefined && step.deletes === undefined ? null : [...added, ...deleted];
}

/** Config and layers of an image that was never built. */
export async function buildImage(content: ImageContent): Promise<ImageBlobs> {
  const layers: Buffer[] = [];
  const history: { created_by: string; empty_layer?: true }[] = [];
  for (const step of content.steps) {
    const files = layerFiles(step);
    history.push(files === null ? { created_by: step.createdBy, empty_layer: true } : { created_by: step.createdBy });
    if (files !== null) layers.push(await tarOf(files));
  }
  const config = Buffer.from(
    JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      config: { User: content.user ?? '', Env: content.environment ?? [], Labels: content.labels ?? {} },
      rootfs: { type: 'layers', diff_ids: layers.map((layer) => `sha256:${sha256(layer)}`) },
      history,
    }),
  );
  return { tag: content.tag, config, layers };
}

/** The bytes of a docker save in the blobs form (Docker 25 and later). */
export async function buildDockerSave(content: ImageContent): Promise<Buffer> {
  const { tag, config, layers } = await buildImage(content);
  const blobs = [...layers, config].map((blob): TarFile => [`blobs/sha256/${sha256(blob)}`, blob]);
  const manifest = [
    {
      Config: `blobs/sha256/${sha256(config)}`,
      RepoTags: [tag],
      Layers: layers.map((layer) => `blobs/sha256/${sha256(layer)}`),
    },
  ];
  return await tarOf([...new Map(blobs), ['manifest.json', JSON.stringify(manifest)]]);
}
