import { join } from 'node:path';
import { startDaemon } from './guard.ts';
import { buildctl, buildkitd, type Part, pathOf, root, runc } from './parts.ts';
import { execute, perform } from './program.ts';

/** What BuildKit without Docker needs. */
export const buildkitParts: readonly Part[] = [root, runc, buildctl, buildkitd];

/** What `FROM name` means in a build: an image of an OCI layout. */
export interface LocalBase {
  readonly name: string;
  readonly layout: string;
  readonly digest: string;
}

/** BuildKit alone, as CI services run it. */
export interface Buildkit {
  /** Builds `folder` with its provenance at mode=max; `output` is buildctl's, e.g. `type=oci,dest=app.tar`. */
  build(
    folder: string,
    output: string,
    base: LocalBase,
    buildArguments: Readonly<Record<string, string>>,
  ): Promise<void>;
  stop(): Promise<void>;
}

export async function startBuildkit(): Promise<Buildkit> {
  const addressIn = (folder: string) => `unix://${join(folder, 'buildkit.sock')}`;
  const commandIn = (folder: string) => [
    pathOf(buildkitd),
    `--root=${join(folder, 'data')}`,
    `--addr=${addressIn(folder)}`,
    '--oci-worker=true',
    '--containerd-worker=false',
    '--oci-worker-net=host',
  ];
  const { folder, stop } = await startDaemon(commandIn, async (place) => {
    const { exitCode } = await execute(pathOf(buildctl), [`--addr=${addressIn(place)}`, 'debug', 'workers']);
    return exitCode === 0;
  });
  return {
    async build(context, output, base, buildArguments) {
      const words = [
        `--addr=${addressIn(folder)}`,
        'build',
        '--frontend=dockerfile.v0',
        `--local=context=${context}`,
        `--local=dockerfile=${context}`,
        '--opt=attest:provenance=mode=max',
        ...Object.entries(buildArguments).map(([name, value]) => `--opt=build-arg:${name}=${value}`),
        `--oci-layout=base=${base.layout}`,
        `--opt=context:${base.name}=oci-layout://base@${base.digest}`,
        `--output=${output}`,
      ];
      await perform(pathOf(buildctl), words);
    },
    stop,
  };
}
