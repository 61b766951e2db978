import type { LayerLocation } from './location.ts';

/** The end of a message about something in a layer: where it is, and that hiding it in a later layer unships nothing. */
export function stillShips(entry: { readonly at: LayerLocation; readonly hiddenInLayer: number | null }): string {
  const { at, hiddenInLayer } = entry;
  if (at.state === 'present' || hiddenInLayer === null) return ` and ships in layer ${at.layer}`;
  return ` and still ships in layer ${at.layer}, although layer ${hiddenInLayer} ${at.state === 'deleted' ? 'deletes' : 'overwrites'} it`;
}
