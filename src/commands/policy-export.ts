import { resolve } from 'node:path';
import { buildRequest, parseChoice, type RequestOrigin } from '../build-request.ts';
import { neutralise } from '../domain/neutral-text.ts';
import { UsageError } from '../domain/usage-error.ts';
import { describeProblem, type Host } from '../host/host.ts';
import type { Terminal } from '../host/terminal.ts';
import { exportTargets, exportTriage } from '../policy/export.ts';
import { isUri } from '../policy/package-url.ts';
import { version } from '../version.ts';
import { keepPolicyOption, openPolicy } from './policy-file.ts';

/** `hullcheck policy export`: the triage list as another tool takes it, to stdout or a file. */
export async function exportPolicy(origin: RequestOrigin, host: Host, terminal: Terminal): Promise<number> {
  const { values, workingFolder } = origin;
  const one = (flag: string) => values.get(flag)?.[0] ?? null;
  const target = parseChoice('to', one('to') ?? undefined, exportTargets);
  if (target === null) throw new UsageError('policy export needs --to', `use one of ${exportTargets.join(', ')}`);
  const product = one('product');
  if (target === 'openvex' && !isUri(product ?? '')) {
    throw new UsageError(
      'an OpenVEX document needs a --product that is a URI',
      'name the image its statements are about, e.g. --product "pkg:oci/app?repository_url=ghcr.io/me/app"',
    );
  }
  const request = await buildRequest({ ...origin, values: keepPolicyOption(values) }, host);
  const { policy } = await openPolicy(request, host);
  const options = { today: host.clock.today(), image: one('image'), product, version };
  const { text, count, leftOut } = exportTriage(policy, target, options);
  if (target === 'openvex' && count === 0) {
    throw new UsageError(
      'no entry can be said in OpenVEX, and a document without a statement is not valid',
      leftOut[0] ?? 'the triage list is empty',
    );
  }
  for (const line of leftOut) host.log(neutralise(`left out: ${line}`, 400));
  const output = one('output');
  if (output === null) {
    terminal.write(text);
    return 0;
  }
  try {
    await host.files.write(resolve(workingFolder, output), text);
  } catch (error) {
    throw new UsageError(`${neutralise(output)} ${describeProblem(error)}`, 'give --output a path that can be written');
  }
  terminal.write(`Wrote ${neutralise(output)}: ${count} of ${policy.triage.length} entries.\n`);
  return 0;
}
