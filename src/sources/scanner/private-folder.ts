import { join } from 'node:path';
import type { Host } from '../../host/host.ts';

/** Everything a scanner run may see or write beside the image and its own database; gone after the run. */
export interface PrivateFolder {
  /** Empty: the child's working folder, so that no configuration is found there. */
  readonly work: string;
  readonly home: string;
  readonly temporary: string;
  /** An empty configuration, given explicitly so that none is looked for. */
  readonly config: string;
  /** An empty ignore file, for the same reason. */
  readonly ignore: string;
  /** Where the scanner writes its report. */
  readonly report: string;
  /** Where it writes an SBOM, when one is wanted. */
  readonly sbom: string;
}

async function fill(root: string, host: Host): Promise<PrivateFolder> {
  const folder: PrivateFolder = {
    work: join(root, 'work'),
    home: join(root, 'home'),
    temporary: join(root, 'tmp'),
    config: join(root, 'config.yaml'),
    ignore: join(root, 'ignore'),
    report: join(root, 'report.json'),
    sbom: join(root, 'sbom.json'),
  };
  for (const path of [folder.work, folder.home, folder.temporary]) await host.files.makeFolder(path);
  await host.files.write(folder.config, '{}\n');
  await host.files.write(folder.ignore, '');
  return folder;
}

export async function withPrivateFolder<T>(host: Host, use: (folder: PrivateFolder) => Promise<T>): Promise<T> {
  const root = await host.files.makeTemporaryFolder('hullcheck-scan-');
  try {
    return await use(await fill(root, host));
  } finally {
    await host.files.remove(root);
  }
}

/** The only variables a scanner gets from outside: the way to the network, and whom to trust there. */
const passedVariables = [
  'PATH',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'ALL_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'all_proxy',
  'no_proxy',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
] as const;

/** No token and no `TRIVY_*` or `GRYPE_*` of the caller gets in: either could change what is found. */
export function privateEnvironment(folder: PrivateFolder, host: Host): Readonly<Record<string, string>> {
  const passed = passedVariables.flatMap((name) => {
    const value = host.environment[name];
    return value === undefined ? [] : [[name, value]];
  });
  return { ...Object.fromEntries(passed), HOME: folder.home, TMPDIR: folder.temporary, NO_COLOR: '1' };
}
