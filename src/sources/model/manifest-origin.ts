import { type Field, readChoice, readMapping, readText, reject, type Spanned } from './manifest-field.ts';

/** A path in the repository: relative, POSIX, without `.`, `..`, empty parts, wildcards or control characters. */
const pathPattern = /^(?![A-Za-z]:\/)(?:(?!\.{1,2}(?:\/|$))[^/\\*?\p{Cc}]+(?:\/(?!$)|$))+$/u;
const pathWanted = 'a relative path with `/`, without `.`, `..` or wildcards';
const phrasePattern = /^(?=\s*\S)[^\p{Cc}]{1,4096}$/u;

/** Where a model comes from. */
export type ModelOrigin =
  | {
      readonly kind: 'huggingface';
      readonly repo: Spanned<string>;
      /** A whole commit id: branches, tags and short ids move. */
      readonly revision: Spanned<string>;
      readonly type: Spanned<'model' | 'dataset' | 'space'> | null;
    }
  | {
      readonly kind: 'ollama';
      readonly name: Spanned<string>;
      readonly tag: Spanned<string>;
      /** `sha256:` and hex, over the registry's manifest: Ollama cannot pull by digest. */
      readonly manifestDigest: Spanned<string>;
    }
  | { readonly kind: 'oci'; readonly ref: Spanned<string> }
  | { readonly kind: 'url'; readonly url: Spanned<string> };

/** A signature of the OpenSSF Model Signing format, checked against a key or a certificate's identity. */
export interface ModelSignature {
  readonly oms: Spanned<string>;
  readonly signer:
    | { readonly kind: 'key'; readonly key: Spanned<string> }
    | { readonly kind: 'identity'; readonly identity: Spanned<string>; readonly issuer: Spanned<string> };
}

/** A repository path. */
export function readPath(field: Field): Spanned<string> {
  return readText(field, pathPattern, pathWanted);
}

/** Text that is not blank. */
export function readPhrase(field: Field): Spanned<string> {
  return readText(field, phrasePattern, 'one line of text that is not blank');
}

function readHuggingFace(field: Field): ModelOrigin {
  const keys = readMapping(field, ['repo', 'revision', 'type']);
  const type = keys.optional('type');
  const revision = readText(
    keys.required('revision'),
    /^[0-9a-f]{40}$/u,
    'a commit of 40 lower-case hex digits: branches and short ids move',
  );
  return {
    kind: 'huggingface',
    repo: readText(keys.required('repo'), /^[\w.-]+(?:\/[\w.-]+)?$/u, 'a repository such as `org/name`'),
    revision,
    type: type === null ? null : readChoice(type, ['model', 'dataset', 'space']),
  };
}

function readOllama(field: Field): ModelOrigin {
  const keys = readMapping(field, ['name', 'tag', 'manifest_digest']);
  const manifestDigest = readText(
    keys.required('manifest_digest'),
    /^sha256:[0-9a-f]{64}$/u,
    '`sha256:` and 64 lower-case hex digits',
  );
  return {
    kind: 'ollama',
    name: readText(keys.required('name'), /^[\w./:-]+$/u, 'a model name such as `qwen3` or `host/namespace/model`'),
    tag: readText(keys.required('tag'), /^[\w.-]{1,128}$/u, 'a tag such as `8b`'),
    manifestDigest,
  };
}

function readOci(field: Field): ModelOrigin {
  const keys = readMapping(field, ['ref']);
  const ref = readText(
    keys.required('ref'),
    /^[^\s@]+@sha256:[0-9a-f]{64}$/u,
    'a reference with a digest, `registry/repository@sha256:…`',
  );
  return { kind: 'oci', ref };
}

/** Exactly one of the four origins. */
export function readOrigin(field: Field): ModelOrigin {
  const keys = readMapping(field, ['huggingface', 'ollama', 'oci', 'url']);
  const huggingFace = keys.optional('huggingface');
  const ollama = keys.optional('ollama');
  const oci = keys.optional('oci');
  const url = keys.optional('url');
  const given = [huggingFace, ollama, oci, url].filter((origin) => origin !== null);
  if (given.length !== 1) reject(field, `\`${field.name}\` must have exactly one of huggingface, ollama, oci, url`);
  if (huggingFace !== null) return readHuggingFace(huggingFace);
  if (ollama !== null) return readOllama(ollama);
  if (oci !== null) return readOci(oci);
  const address = readText(keys.required('url'), /^https?:\/\/[^\s/]+\/\S*$/u, 'an http or https address');
  return { kind: 'url', url: address };
}

/** `key`, or `identity` with `issuer`. */
export function readSignature(field: Field): ModelSignature {
  const keys = readMapping(field, ['oms', 'key', 'identity', 'issuer']);
  const oms = readPath(keys.required('oms'));
  const key = keys.optional('key');
  const identity = keys.optional('identity');
  const issuer = keys.optional('issuer');
  if (key !== null) {
    if (identity !== null || issuer !== null) {
      reject(field, `\`${field.name}\` must have either key, or identity and issuer`);
    }
    return { oms, signer: { kind: 'key', key: readPath(key) } };
  }
  if (identity === null || issuer === null) {
    return reject(field, `\`${field.name}\` must have either key, or identity and issuer`);
  }
  return { oms, signer: { kind: 'identity', identity: readPhrase(identity), issuer: readPhrase(issuer) } };
}
