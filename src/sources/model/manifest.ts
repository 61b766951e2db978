import type { ModelFormat } from '../../domain/evidence.ts';
import {
  type Field,
  openManifest,
  readChoice,
  readCount,
  readItems,
  readMapping,
  readText,
  reject,
  type Spanned,
} from './manifest-field.ts';
import {
  type ModelOrigin,
  type ModelSignature,
  readOrigin,
  readPath,
  readPhrase,
  readSignature,
} from './manifest-origin.ts';

type NamedFormat = Exclude<ModelFormat, 'unknown'>;

const namedFormats: readonly NamedFormat[] = ['gguf', 'safetensors', 'pickle', 'pytorch-zip', 'onnx', 'hdf5'];
const sha256Pattern = /^[0-9a-f]{64}$/u;
const sha256Wanted = '64 lower-case hex digits';
const globPattern = /^(?=.{1,1000}$)\/?(?:(?!\.{1,2}(?:\/|$))[^/\\\p{Cc}]+(?:\/(?!$)|$))+$/u;

/** One file of a model. Sizes in bytes, digests in lower-case hex. */
export interface ManifestFile {
  readonly path: Spanned<string>;
  readonly sha256: Spanned<string>;
  readonly size: Spanned<number> | null;
  readonly format: Spanned<NamedFormat> | null;
  /** The path in the model's source, where it differs. */
  readonly sourcePath: Spanned<string> | null;
  /** SHA-1 of the git blob, as the Hub states it for small files. */
  readonly gitOid: Spanned<string> | null;
  readonly chatTemplateSha256: Spanned<string> | null;
  /** Globs of image paths that must hold the same bytes. */
  readonly inImage: readonly Spanned<string>[];
  /** `YYYY-MM-DD`. */
  readonly expires: Spanned<string> | null;
  readonly reason: Spanned<string> | null;
}

interface ManifestModel {
  readonly name: Spanned<string>;
  readonly source: ModelOrigin | null;
  /** An SPDX expression. */
  readonly license: Spanned<string> | null;
  readonly signature: ModelSignature | null;
  readonly files: readonly ManifestFile[];
}

/** What the manifest demands of all models; null and empty where it says nothing. */
interface ManifestPolicy {
  readonly unlisted: Spanned<'error' | 'warn' | 'off'> | null;
  readonly missing: Spanned<'error' | 'warn'> | null;
  readonly deniedFormats: readonly Spanned<NamedFormat>[];
  /** Bytes: an unlisted file below it is no model worth listing. */
  readonly minSize: Spanned<number> | null;
  /** Bytes of one file. */
  readonly maxSize: Spanned<number> | null;
  /** Bytes of all listed files. */
  readonly maxTotalSize: Spanned<number> | null;
  /** SPDX identifiers; empty: any. */
  readonly allowedLicenses: readonly Spanned<string>[];
}

/** `model-manifest.yml`, as docs/model-manifest.schema.json describes it. */
export interface Manifest {
  readonly path: string;
  readonly policy: ManifestPolicy;
  readonly models: readonly ManifestModel[];
}

function optionally<T>(field: Field | null, read: (field: Field) => T): T | null {
  return field === null ? null : read(field);
}

function readSha256(field: Field): Spanned<string> {
  return readText(field, sha256Pattern, sha256Wanted);
}

function readDate(field: Field): Spanned<string> {
  const date = readText(field, /^\d{4}-\d{2}-\d{2}$/u, 'a day as YYYY-MM-DD');
  const parsed = new Date(`${date.value}T00:00:00Z`);
  const isReal = !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(date.value);
  return isReal ? date : reject(field, `\`${field.name}\` must be a day that exists`);
}

function readGlobs(field: Field): readonly Spanned<string>[] {
  const globs = readItems(field).map((item) =>
    readText(item, globPattern, 'a glob of paths in the image, without `.` or `..`'),
  );
  return globs.length > 0 ? globs : reject(field, `\`${field.name}\` must name at least one glob`);
}

function readFile(field: Field): ManifestFile {
  const keys = readMapping(field, [
    'path',
    'sha256',
    'size',
    'format',
    'source_path',
    'git_oid',
    'chat_template_sha256',
    'in_image',
    'expires',
    'reason',
  ]);
  return {
    path: readPath(keys.required('path')),
    sha256: readSha256(keys.required('sha256')),
    size: optionally(keys.optional('size'), (size) => readCount(size, 0)),
    format: optionally(keys.optional('format'), (format) => readChoice(format, namedFormats)),
    sourcePath: optionally(keys.optional('source_path'), readPath),
    gitOid: optionally(keys.optional('git_oid'), (oid) => readText(oid, /^[0-9a-f]{40}$/u, '40 lower-case hex digits')),
    chatTemplateSha256: optionally(keys.optional('chat_template_sha256'), readSha256),
    inImage: optionally(keys.optional('in_image'), readGlobs) ?? [],
    expires: optionally(keys.optional('expires'), readDate),
    reason: optionally(keys.optional('reason'), readPhrase),
  };
}

function readModel(field: Field): ManifestModel {
  const keys = readMapping(field, ['name', 'source', 'license', 'signature', 'files']);
  const files = keys.required('files');
  const read = readItems(files).map(readFile);
  if (read.length === 0) reject(files, `\`${files.name}\` must list at least one file`);
  return {
    name: readPhrase(keys.required('name')),
    source: optionally(keys.optional('source'), readOrigin),
    license: optionally(keys.optional('license'), readPhrase),
    signature: optionally(keys.optional('signature'), readSignature),
    files: read,
  };
}

function readPolicy(field: Field): ManifestPolicy {
  const keys = readMapping(field, ['unlisted', 'missing', 'formats', 'min_size', 'limits', 'licenses']);
  const formats = optionally(keys.optional('formats'), (node) => readMapping(node, ['deny']));
  const limits = optionally(keys.optional('limits'), (node) => readMapping(node, ['max_size', 'max_total_size']));
  const licenses = optionally(keys.optional('licenses'), (node) => readMapping(node, ['allow']));
  const readBytes = (node: Field) => readCount(node, 0);
  return {
    unlisted: optionally(keys.optional('unlisted'), (node) => readChoice(node, ['error', 'warn', 'off'])),
    missing: optionally(keys.optional('missing'), (node) => readChoice(node, ['error', 'warn'])),
    deniedFormats: formats === null ? [] : readItems(formats.required('deny')).map((f) => readChoice(f, namedFormats)),
    minSize: optionally(keys.optional('min_size'), readBytes),
    maxSize: optionally(limits?.optional('max_size') ?? null, readBytes),
    maxTotalSize: optionally(limits?.optional('max_total_size') ?? null, readBytes),
    allowedLicenses: licenses === null ? [] : readItems(licenses.required('allow')).map(readPhrase),
  };
}

const noPolicy: ManifestPolicy = {
  unlisted: null,
  missing: null,
  deniedFormats: [],
  minSize: null,
  maxSize: null,
  maxTotalSize: null,
  allowedLicenses: [],
};

function rejectDuplicatePaths(manifestPath: string, models: readonly ManifestModel[]): void {
  const seen = new Map<string, number>();
  for (const { path } of models.flatMap((model) => model.files)) {
    const earlier = seen.get(path.value);
    if (earlier !== undefined) {
      reject(
        { path: manifestPath, span: path.span },
        `duplicate path \`${path.value}\`, already listed on line ${earlier}`,
      );
    }
    seen.set(path.value, path.span.line);
  }
}

/**
 * Reads a model manifest (YAML or JSON) strictly. Throws a UsageError that names file, line and key for anything the
 * format does not know: a manifest half understood would leave models unchecked.
 */
export function parseManifest(path: string, text: string): Manifest {
  const root = openManifest(path, text);
  const keys = readMapping(root, ['$schema', 'version', 'policy', 'models']);
  const version = keys.required('version');
  if (readCount(version, 0).value !== 1) reject(version, '`version` must be 1');
  optionally(keys.optional('$schema'), readPhrase);
  const policy = optionally(keys.optional('policy'), readPolicy) ?? noPolicy;
  const models = readItems(keys.required('models')).map(readModel);
  rejectDuplicatePaths(path, models);
  return { path, policy, models };
}
