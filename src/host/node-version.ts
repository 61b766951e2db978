/** The version of Node.js that runs this process, e.g. `20.20.2`. */
export function nodeVersion(): string {
  return process.versions.node;
}
