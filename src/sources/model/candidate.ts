import type { TreeFile } from '../workspace/file-tree.ts';

/** Where the manifest is looked for, in the checked folder itself. */
export const manifestNames = ['model-manifest.yml', 'model-manifest.yaml', 'model-manifest.json'] as const;

/** Lower case, without the dot. */
export const modelExtensions: ReadonlySet<string> = new Set([
  'gguf',
  'ggml',
  'safetensors',
  'pt',
  'pth',
  'ckpt',
  'onnx',
  'h5',
  'hdf5',
  'keras',
  'tflite',
]);

/** Extensions of text, source code, media and archives, which are not opened to look for a model inside. `bin`, `dat` and `model` say nothing and are not here. */
const otherExtensions = new Set(
  `
  a aac adoc ai apk arrow asc asm astro atom avif awk babelrc bash bat bazel bib bmp br browserslistrc bz2 c
  cc cer cfg cjs class clj cljs cmake cmd conf coveragerc cpp crt cs csh cshtml csproj csr css csv cts cu cue
  cursorrules cxx d dart db deb der desktop diff dll dmg doc dockerfile dockerignore docx drawio dtd dylib ear
  editorconfig eex ejs elm eml env eot eps erb erl eslintignore eslintrc ex example exe exs feather fish flac
  flake8 fnt fs fsi fsproj fsx gemspec geojson gif gitattributes gitignore gitkeep gitmodules go golden gql
  gradle graphql groovy gz h haml hbs hcl heex heic helmignore hgignore hh hpp hrl hs htm html http hurl hxx ico
  ics iml in inc ini ipynb iso j2 jade jar java jinja jinja2 jpeg jpg js json json5 jsonc jsonl jsonnet jsx key
  kt kts latex ldif less lhs lib libsonnet liquid lock lockb log lrc lua m m4 m4a mailmap mak makefile map
  markdown md mdc mdx mjs mk mkv ml mli mm mmd mod mov mp3 mp4 msg mts mustache ndjson nim nix node node-version
  nomad npmignore npmrc npy npz nvmrc o ogg org otf p12 parquet patch pb pbtxt pdb pdf pem php phtml pl
  plist pm png po pot ppt pptx prettierignore prettierrc prisma pro properties proto ps1 psd psm1 pub pug puml
  purs py pyc pyd pyi pylintrc python-version pyx r rake rb re res rest resx rkt rpm rs rst rtf ruby-version s
  sass sbt scala scm scss service sh shtml sig sln snap so sol sql sqlite sqlite3 srt sty stylelintrc sum svelte
  svg swift tar tcl template terraform tex textproto tf tfvars tgz thrift tif tiff timer tmpl toml tool-versions
  tpl ts tsbuildinfo tsv tsx ttf twig txt vb vbproj vcf vim vue war wasm wat wav webm webmanifest webp wgsl whl
  woff woff2 xcf xhtml xls xlsx xml xsd xsl xslt xz yaml yamllint yarnrc yml zig zip zsh zst
`
    .trim()
    .split(/\s+/),
);

/** Names without an extension that are text by convention. */
const textNames = new Set(
  `
  authors brewfile caddyfile changelog codeowners containerfile contributing copying dockerfile gemfile jenkinsfile
  justfile license makefile notice procfile rakefile readme tiltfile vagrantfile version
`
    .trim()
    .split(/\s+/),
);

const smallestSniffed = 64;

/** Lower case, without the dot; '' where the base name has none. A leading dot begins an extension: `.gitignore` has `gitignore`. */
export function extensionOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const dot = name.lastIndexOf('.');
  return dot < 0 ? '' : name.slice(dot + 1).toLowerCase();
}

/**
 * How a file could be a model: by its name alone, by name and magic together (pickles), by magic alone, or not at all.
 * Only names that say nothing are opened, so that a repository of thousands of sources stays fast.
 */
export function candidacyOf(file: TreeFile): 'by-name' | 'by-magic' | null {
  const extension = extensionOf(file.path);
  if (modelExtensions.has(extension)) return 'by-name';
  if (extension === 'pkl' || extension === 'pickle') return 'by-magic';
  const isText = extension === '' && textNames.has(file.path.slice(file.path.lastIndexOf('/') + 1).toLowerCase());
  return file.size >= smallestSniffed && !isText && !otherExtensions.has(extension) ? 'by-magic' : null;
}
