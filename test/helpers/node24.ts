import { join } from 'node:path';
import { cacheFolder, firstExecutable, type Part } from './parts.ts';

const folder = join(cacheFolder, 'node24');
const packageName = `node-${process.platform}-${process.arch}`;
const given = process.env['HULLCHECK_NODE24'];

/** The Node that runs `using: node24` actions: HULLCHECK_NODE24, else what `.ci/run` installed from npm. */
export const node24: Part = {
  name: 'Node 24',
  path: firstExecutable(given ? [given] : [join(folder, 'node_modules', packageName, 'bin', 'node')]),
  install: `npm install --prefix ${folder} --no-save --ignore-scripts ${packageName}@24, or set HULLCHECK_NODE24`,
};

/** The Node of this test run: the oldest that package.json allows, on the machine that runs `.ci/run`. */
export const ownNode: Part = { name: `Node ${process.version}`, path: process.execPath, install: '' };
