import type { ImageSettingEvidence } from '../../src/domain/evidence.ts';
import type { Image } from '../../src/domain/image.ts';
import type { LayerEntryEvidence, SecretMatchEvidence } from '../../src/domain/layer-evidence.ts';
import type { EntryState, LayerLocation } from '../../src/domain/location.ts';

/** An image of no layers, with what a test needs of it. */
export function imageWith(change: Partial<Image> = {}): Image {
  return {
    label: 'app.tar',
    tags: [],
    configDigest: 'sha256:0',
    platform: { os: 'linux', architecture: 'amd64', variant: '' },
    layers: [],
    history: [],
    user: '',
    environment: [],
    labels: {},
    ...change,
  };
}

/** A place in layer 2; what hides it does so in layer 4. */
export function layerPlace(path: string, state: EntryState = 'present', layer = 2): LayerLocation {
  return { kind: 'layer', image: 'app.tar', layer, diffId: `sha256:${layer}`, path, state };
}

function hidingLayer(at: LayerLocation): number | null {
  return at.state === 'present' ? null : 4;
}

export function layerEntry(at: LayerLocation, dotenv: LayerEntryEvidence['dotenv']): LayerEntryEvidence {
  return Object.freeze({ kind: 'layer-entry', at, hiddenInLayer: hidingLayer(at), size: 10, dotenv, sha256: null });
}

export function keyMatch(at: LayerLocation, change: Partial<SecretMatchEvidence> = {}): SecretMatchEvidence {
  return Object.freeze({
    kind: 'secret-match',
    at,
    hiddenInLayer: hidingLayer(at),
    detector: 'private-key',
    what: 'RSA private key',
    isValidated: true,
    origin: 'team',
    identity: 'one',
    ...change,
  });
}

export function imageSetting(change: Partial<ImageSettingEvidence> = {}): ImageSettingEvidence {
  return Object.freeze({
    kind: 'image-setting',
    image: 'app.tar',
    part: 'env',
    name: 'A_KEY',
    proof: 'name',
    vendor: null,
    revokeUrl: null,
    identity: 'one',
    historyIndex: null,
    ...change,
  });
}
