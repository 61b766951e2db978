import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

/** CommonJS dependencies call `require` for Node's own modules. */
const requireBanner =
  "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);";

/** The command line's entry loads the rest of it from a file of its own, and only when more than its version is asked. */
const programApart = {
  name: 'program-apart',
  setup(pending) {
    pending.onResolve({ filter: /^\.\/program\.ts$/ }, () => ({ path: './program.js', external: true }));
  },
};

/** Bundles the entries into `outdir`; the same input gives the same bytes. Returns esbuild's metafile. */
export async function bundle(outdir) {
  const common = {
    absWorkingDir: root,
    outdir,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    charset: 'utf8',
    legalComments: 'none',
    minifySyntax: true,
    minifyWhitespace: true,
    metafile: true,
    logLevel: 'warning',
    define: { 'process.env.NODE_ENV': '"production"' },
  };
  const results = [];
  for (const entry of ['src/program.ts', 'src/action.ts', 'src/layer-worker.ts']) {
    results.push(await build({ ...common, entryPoints: [entry], banner: { js: requireBanner } }));
  }
  results.push(await build({ ...common, entryPoints: ['src/cli.ts'], plugins: [programApart] }));
  return results.map((result) => result.metafile);
}

function contents(folder) {
  return new Map(
    readdirSync(folder)
      .sort()
      .map((name) => [name, readFileSync(join(folder, name))]),
  );
}

/** Names of files that differ between dist/ and a fresh build; new and missing files count. */
async function staleFiles() {
  const fresh = mkdtempSync(join(tmpdir(), 'hullcheck-build-'));
  try {
    await bundle(fresh);
    const built = contents(fresh);
    const committed = contents(join(root, 'dist'));
    return [...new Set([...built.keys(), ...committed.keys()])].filter(
      (name) => !built.get(name)?.equals(committed.get(name) ?? Buffer.alloc(0)),
    );
  } finally {
    rmSync(fresh, { recursive: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv.includes('--check')) {
    const stale = await staleFiles();
    if (stale.length > 0) {
      console.error(`dist/ is not what the sources give: ${stale.join(', ')}. Run npm run build and commit it.`);
      process.exitCode = 1;
    }
  } else {
    rmSync(join(root, 'dist'), { recursive: true, force: true });
    await bundle(join(root, 'dist'));
  }
}
