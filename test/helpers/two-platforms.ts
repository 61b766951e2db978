import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { addAttestation, addIndex, collectBlobs, type Descriptor, indexText } from './image-forms.ts';

/**
 * From an OCI layout of one image for linux/amd64, a layout as BuildKit writes it for two: an index within the index, the
 * attestation first. The second image, for linux/arm64, lacks the last layer.
 */
export async function writeTwoPlatforms(from: string, to: string): Promise<void> {
  await cp(from, to, { recursive: true });
  const read = async (digest: string) => JSON.parse(await readFile(join(from, 'blobs', ...digest.split(':')), 'utf8'));
  const entry: Descriptor = JSON.parse(await readFile(join(from, 'index.json'), 'utf8')).manifests[0];
  const manifest = await read(entry.digest);
  const config = await read(manifest.config.digest);
  const blobs = collectBlobs();
  const smaller = {
    ...config,
    architecture: 'arm64',
    history: undefined,
    rootfs: { ...config.rootfs, diff_ids: config.rootfs.diff_ids.slice(0, -1) },
  };
  const smallerManifest = {
    ...manifest,
    config: blobs.add(JSON.stringify(smaller), manifest.config.mediaType),
    layers: manifest.layers.slice(0, -1),
  };
  const second = blobs.add(JSON.stringify(smallerManifest), entry.mediaType);
  const index = addIndex(blobs, [
    addAttestation(blobs, entry, {}),
    { ...entry, platform: { os: 'linux', architecture: 'amd64' } },
    { ...second, platform: { os: 'linux', architecture: 'arm64' } },
  ]);
  await mkdir(join(to, 'blobs', 'sha256'), { recursive: true });
  for (const [path, content] of Object.entries(blobs.files)) await writeFile(join(to, path), content);
  await writeFile(join(to, 'index.json'), indexText([index]));
}
