import type { LayerLocation } from './location.ts';
import { neutralise } from './neutral-text.ts';

/** The end of a message about something in a layer: where it is, and that hiding it in a later layer unships nothing. */
export function stillShips(entry: {
  readonly at: LayerLocation;
  readonly hiddenInLayer: number | null;
  readonly hiddenBy?: string | null;
}): string {
  const { at, hiddenInLayer, hiddenBy = null } = entry;
  if (at.state === 'present' || hiddenInLayer === null) return ` and ships in layer ${at.layer}`;
  const by = hiddenBy === null ? '' : ` (${neutralise(hiddenBy, 80)})`;
  const hides = at.state === 'deleted' ? 'deletes' : 'overwrites';
  return ` and still ships in layer ${at.layer}, although layer ${hiddenInLayer}${by} ${hides} it`;
}
