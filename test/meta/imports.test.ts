import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listFiles, root } from '../helpers/project-files.ts';

interface Import {
  readonly file: string;
  /** A path from the root of the repository, or the name of a package or of one of Node's modules. */
  readonly target: string;
}

/** The spellings of an import: `… from 'x'` at the start of a line, `import 'x'`, and `import('x')` in a type. */
const statements = [
  /^(?:import|export)\b[^;'"]*?\bfrom\s+'([^'\n]+)'/gm,
  /^import\s+'([^'\n]+)'/gm,
  /\bimport\(\s*'([^'\n]+)'\s*\)/g,
];

function importsOf(file: string): readonly Import[] {
  const source = readFileSync(new URL(file, root), 'utf8');
  const names = statements.flatMap((statement) => [...source.matchAll(statement)].map((match) => match[1] ?? ''));
  return names.map((name) => ({
    file,
    target: name.startsWith('.') ? posix.join(posix.dirname(file), name) : name,
  }));
}

const sources = listFiles('src').filter((file) => file.endsWith('.ts'));
const imports = sources.flatMap(importsOf);

const isIn = (path: string, folder: string) => path.startsWith(`src/${folder}/`);
/** Node's modules that compute and touch nothing. */
const computing = [
  'node:crypto',
  'node:path',
  'node:zlib',
  'node:stream',
  'node:util',
  'node:buffer',
  'node:string_decoder',
  'node:timers/promises',
  'node:url',
];

interface Direction {
  readonly folder: string;
  /** Folders it may import beside itself. */
  readonly folders: readonly string[];
  /** Single files, packages and Node's modules. */
  readonly others: readonly string[];
}

/** ARCHITECTURE: domain <- trace | rules | policy | reporters, domain + host <- sources, all <- run <- action | cli. */
const directions: readonly Direction[] = [
  { folder: 'domain', folders: [], others: ['node:crypto', 'node:path'] },
  { folder: 'trace', folders: ['domain'], others: ['node:path'] },
  { folder: 'rules', folders: ['domain'], others: [] },
  { folder: 'policy', folders: ['domain'], others: ['yaml'] },
  { folder: 'reporters', folders: ['domain'], others: ['node:crypto'] },
  {
    folder: 'sources',
    folders: ['domain', 'host'],
    // The types of what was asked for; the thread that scans a layer is started where layers are scanned.
    others: ['src/request.ts', ...computing, 'node:worker_threads', 'semver', 'unbash', 'yaml'],
  },
];

/** The guard before `yaml` is for policy and sources alike, and only domain lies below both. */
const exceptions: Readonly<Record<string, readonly string[]>> = { domain: ['src/domain/yaml-nesting.ts -> yaml'] };

describe('imports point one way', () => {
  it('the statements of every file are read', () => {
    expect(sources.length).toBeGreaterThan(150);
    expect(importsOf('src/run.ts').map(({ target }) => target)).toContain('src/trace/trace.ts');
    expect(importsOf('src/domain/evidence.ts').map(({ target }) => target)).toContain('src/domain/dockerfile.ts');
  });

  it('every relative import is of a file that is there', () => {
    const known = new Set([...sources, 'src/sources/scanner/lock-table.json']);
    expect(imports.filter(({ target }) => target.startsWith('src/') && !known.has(target))).toEqual([]);
  });

  it.each(directions)('$folder', ({ folder, folders, others }) => {
    const isAllowed = ({ target }: Import) =>
      [folder, ...folders].some((name) => isIn(target, name)) || others.includes(target);
    const own = imports.filter(({ file }) => isIn(file, folder));
    expect(own.length).toBeGreaterThan(0);
    expect(own.filter((item) => !isAllowed(item)).map(({ file, target }) => `${file} -> ${target}`)).toEqual(
      exceptions[folder] ?? [],
    );
  });

  it('nothing imports the programs', () => {
    const programs = ['src/cli.ts', 'src/action.ts', 'src/layer-worker.ts'];
    expect(imports.filter(({ target }) => programs.includes(target))).toEqual([]);
  });

  it('no file imports itself in a circle', () => {
    const byFile = new Map(
      sources.map((file) => [
        file,
        imports.filter((item) => item.file === file && item.target.startsWith('src/')).map((item) => item.target),
      ]),
    );
    const circles: string[] = [];
    const done = new Set<string>();
    const visit = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' -> '));
      if (path.includes(file) || done.has(file)) return;
      for (const target of byFile.get(file) ?? []) visit(target, [...path, file]);
      done.add(file);
    };
    for (const file of sources) visit(file, []);
    expect(circles.filter((circle) => !isTypeOnly(circle))).toEqual([]);
  });
});

/** `import type` and `import('…')` in a type leave no import at run time. */
function isTypeOnly(circle: string): boolean {
  const files = circle.split(' -> ');
  return files.slice(1).some((target, index) => {
    const file = files[index] ?? '';
    const name = posix.basename(target).replace('.', '\\.');
    const source = readFileSync(new URL(file, root), 'utf8');
    const values = source.match(new RegExp(`^(?:import|export) (?!type ).*from '[^']*/${name}'`, 'm'));
    return values === null && !new RegExp(`^} from '[^']*/${name}'`, 'm').test(source);
  });
}

describe('the outside world', () => {
  const programs = ['src/action.ts', 'src/cli.ts', 'src/layer-worker.ts'];
  const isOutside = (file: string) => isIn(file, 'host') || programs.includes(file);

  it('only the host and the programs import what touches it', () => {
    const touching =
      /^(?:node:(?:fs|child_process|process|os|net|tls|http|https|http2|dns|dgram|cluster|readline|tty|repl|inspector|vm|v8|module|worker_threads)(?:\/.*)?|@actions\/.*)$/;
    const found = imports.filter(({ file, target }) => touching.test(target) && !isOutside(file));
    // The pool starts the threads that the host names; they are handed plain data and open their files by themselves.
    const threads = [
      'src/sources/image/layer-pool.ts',
      'src/sources/image/layer-thread.ts',
      'src/sources/image/decompress-apart.ts',
    ];
    expect(found.filter(({ file, target }) => !(threads.includes(file) && target === 'node:worker_threads'))).toEqual(
      [],
    );
  });

  it('only they name process, console and fetch', () => {
    const names = /(?<![\w.'"`/-])(?:process\.|console\.|globalThis\b|fetch\(|eval\(|new Function\b|require\()/;
    const found = sources
      .filter((file) => !isOutside(file))
      .flatMap((file) =>
        readFileSync(new URL(file, root), 'utf8')
          .split('\n')
          .flatMap((line, index) =>
            names.test(line.replace(/\/\/.*$|^\s*\/?\*.*$/, '')) ? [`${file}:${index + 1} ${line.trim()}`] : [],
          ),
      );
    expect(found).toEqual([]);
  });

  it("every import of one of Node's modules says so", () => {
    const bare = imports.filter(({ target }) =>
      /^(?:fs|path|os|crypto|child_process|url|util|stream|zlib|http|https)(?:\/|$)/.test(target),
    );
    expect(bare).toEqual([]);
  });
});
