import { fileLocation, fileStart } from '../domain/location.ts';
import type { Imported } from './exception-statement.ts';
import { isRecord } from './json-shape.ts';
import { reject } from './policy-document.ts';
import { readCsaf } from './read-csaf.ts';
import { readOpenVex } from './read-openvex.ts';
import { readRuleFile } from './read-rule-file.ts';
import { readTrivyIgnore } from './read-trivyignore.ts';

const formats = '.trivyignore, .trivyignore.yaml, .grype.yaml, OpenVEX and CSAF VEX can be imported';

function readJson(path: string, text: string): Imported {
  const at = fileLocation(path, fileStart);
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    reject(at, 'the file is no valid JSON', formats);
  }
  if (!isRecord(document)) reject(at, 'the file holds no VEX document', formats);
  const context = document['@context'];
  if (typeof context === 'string' && context.startsWith('https://openvex.dev/ns')) return readOpenVex(document);
  const head = document['document'];
  if (isRecord(head) && typeof head['csaf_version'] === 'string') return readCsaf(document);
  return reject(at, 'the file is neither OpenVEX nor CSAF', formats);
}

/** The exceptions of another tool's file; its format is told by content and name. A UsageError where it is none of them. */
export function readExceptions(path: string, text: string): Imported {
  if (/^\s*\{/.test(text) || path.endsWith('.json')) return readJson(path, text);
  return /\.ya?ml$/.test(path) ? readRuleFile(path, text) : readTrivyIgnore(text);
}
