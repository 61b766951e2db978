/** The SHA-256 of `tinyWeights`. */
export const tinySha256 = 'a4e5e156ddec27e286f75328784d7106b60a4eb1d246e950a001a3f944fbda99';

/** The smallest GGUF there is: version 3, no tensors, no keys; 24 bytes. */
export const tinyWeights = `GGUF\u0003\u0000\u0000\u0000${'\u0000'.repeat(16)}`;

/** As long as `tinyWeights`, with other bytes. */
export const otherWeights = `GGUF\u0003\u0000\u0000\u0000${'\u0001'.repeat(16)}`;

/** A manifest that lists `tinyWeights` as models/tiny.gguf; both parameters are whole lines. */
export function tinyManifest(fileLines = '', policyLines = ''): string {
  const file = `      - path: models/tiny.gguf\n        sha256: ${tinySha256}\n${fileLines}`;
  return `version: 1\n${policyLines}models:\n  - name: tiny\n    files:\n${file}`;
}
