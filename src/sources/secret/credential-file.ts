import { groupBy } from '../../domain/group-by.ts';
import type { CredentialFacts } from '../../domain/layer-evidence.ts';
import { buildCredentialFiles } from './build-credential-files.ts';
import { type CredentialReader, keepReal } from './credential-reader.ts';
import { serviceCredentialFiles } from './service-credential-files.ts';
import { settingsText } from './settings-text.ts';

/** A file that tools keep credentials in. */
export interface CredentialFile {
  /** Kebab-case, unique. */
  readonly id: string;
  /** e.g. `npm settings`. */
  readonly what: string;
  /** Tested against the path inside the image. */
  readonly path: RegExp;
  /** Lower-case base names of such paths; `*.ppk` stands for all with that ending. */
  readonly names: readonly string[];
  /** Null where the content is not read and only the name speaks. */
  readonly read: CredentialReader | null;
  readonly revokeUrl: string | null;
}

/** What was read of a file; `values` are for the redactor and go no further. */
export interface CredentialReading {
  readonly facts: CredentialFacts;
  readonly values: readonly string[];
}

/**
 * Where tools keep credentials, by the names other scanners look for and the files of AI tools. Left out on purpose:
 * source code that is only sometimes more (settings.py, omniauth.rb), and SSH and TLS keys, which their content tells.
 */
export const credentialFiles: readonly CredentialFile[] = [...buildCredentialFiles, ...serviceCredentialFiles];

/** Names longer than this cannot be told from noise. */
const nameLimit = 120;

const filesByName = groupBy(
  credentialFiles.flatMap((file) => file.names.map((name) => ({ name, file }))),
  ({ name }) => name,
);

/** The base name, and `*` with each of its endings. */
function keysOf(path: string): readonly string[] {
  const base = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
  const keys = [base];
  for (let dot = base.indexOf('.'); dot >= 0; dot = base.indexOf('.', dot + 1)) keys.push(`*${base.slice(dot)}`);
  return keys;
}

/** The kind of credential file that a path in an image is, if any. Templates such as `.npmrc.example` are none. */
export function credentialFileAt(path: string): CredentialFile | null {
  const rows = keysOf(path).flatMap((key) => filesByName.get(key) ?? []);
  return rows.find(({ file }) => file.path.test(path))?.file ?? null;
}

/** Judges a credential file by its content; `isComplete` is false where it was cut, or is a link to another entry's. */
export function readCredentialFile(file: CredentialFile, content: Buffer, isComplete: boolean): CredentialReading {
  const found = file.read === null ? null : file.read(settingsText(content));
  const held = keepReal(found ?? []);
  const facts: CredentialFacts = {
    file: file.id,
    what: file.what,
    holds: held.map(({ name }) => name.slice(0, nameLimit)),
    isRead: isComplete && found !== null,
    revokeUrl: file.revokeUrl,
  };
  return { facts, values: held.map(({ value }) => value) };
}
