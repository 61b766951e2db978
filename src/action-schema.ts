/** The action's inputs beside those of `checkOptions`. */
export const actionInputs = [
  { input: 'directory', help: 'The folder to check.', fallback: '.' },
  {
    input: 'sbom',
    help: 'Write the CycloneDX SBOM of each image, with the lines that brought its packages.',
    fallback: 'false',
  },
] as const;

export const actionOutputs = [
  { name: 'verdict', help: 'pass, fail or incomplete.' },
  { name: 'findings', help: 'How many findings there are.' },
  { name: 'blocking', help: 'How many of them block.' },
  { name: 'gaps', help: 'How many things were not examined.' },
  { name: 'report', help: 'Path of the JSON report.' },
  { name: 'sarif', help: 'Path of the SARIF report, ready for github/codeql-action/upload-sarif.' },
  { name: 'html', help: 'Path of the HTML report.' },
  { name: 'sbom', help: 'With sbom: path of the CycloneDX SBOM, or of a folder with one per image.' },
] as const;
