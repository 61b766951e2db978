import type { Platform } from '../../domain/image.ts';
import { neutralise } from '../../domain/neutral-text.ts';
import { asObject, asText } from './json-value.ts';

/** What `--platform` chose; null: everything. An empty variant stands for any. */
export type PlatformChoice = Platform | null;

/** Other names of one architecture, and the variant each has when none is stated (containerd/platforms, database.go). */
const architectures: Readonly<Record<string, { readonly name: string; readonly variant: string }>> = {
  aarch64: { name: 'arm64', variant: '' },
  x86_64: { name: 'amd64', variant: '' },
  i386: { name: '386', variant: '' },
  armhf: { name: 'arm', variant: 'v7' },
  armel: { name: 'arm', variant: 'v6' },
};
const defaultVariants: Readonly<Record<string, string>> = { arm64: 'v8', amd64: 'v1', arm: 'v7' };

function normalise({ os, architecture, variant }: Platform): Platform {
  const known = architectures[architecture.toLowerCase()];
  const name = known?.name ?? architecture.toLowerCase();
  const stated = variant.toLowerCase().replace(/^(?=\d)/, 'v') || known?.variant || '';
  return { os: os.toLowerCase(), architecture: name, variant: stated };
}

/** `os/architecture[/variant]` as the user writes it; null when it is something else. */
export function parsePlatform(text: string): Platform | null {
  const match = /^([a-z0-9]{1,40})\/([A-Za-z0-9_]{1,40})(?:\/([A-Za-z0-9.]{1,40}))?$/.exec(text);
  const [, os, architecture, variant = ''] = match ?? [];
  return os === undefined || architecture === undefined ? null : normalise({ os, architecture, variant });
}

/** The `platform` of a descriptor (OCI image-spec image-index.md); null where there is none. */
export function platformOf(value: unknown): Platform | null {
  const object = asObject(value);
  const os = asText(object?.['os']);
  const architecture = asText(object?.['architecture']);
  if (os === null || architecture === null) return null;
  return { os, architecture, variant: asText(object?.['variant']) ?? '' };
}

/** Whether to read what has this platform; what does not say is read, to see. */
export function isChosen(platform: Platform | null, choice: PlatformChoice): boolean {
  if (choice === null || platform === null) return true;
  const own = normalise(platform);
  const variant = own.variant || defaultVariants[own.architecture] || '';
  const isSame = own.os === choice.os && own.architecture === choice.architecture;
  return isSame && (choice.variant === '' || choice.variant === variant);
}

/** `linux/arm64/v8`, safe to print. */
export function platformName({ os, architecture, variant }: Platform): string {
  return neutralise([os || 'unknown', architecture || 'unknown', variant].filter((part) => part !== '').join('/'), 120);
}
