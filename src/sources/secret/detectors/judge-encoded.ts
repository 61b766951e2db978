import { keepReal, readDockerAuths } from '../credential-reader.ts';
import type { Sighting, Verdict } from './detector.ts';
import { parseObject } from './json-object.ts';

/** The `.dockerconfigjson` of a Kubernetes Secret: base64 of Docker's config, told when it holds a login. */
export function judgeDockerConfig({ value }: Sighting): Verdict | null {
  const logins = keepReal(readDockerAuths(Buffer.from(value, 'base64').toString('utf8')) ?? []);
  return logins.length === 0 ? null : { proof: 'validated' };
}

/** Grafana's API keys are base64 of an object with key, name and organization (grafana pkg/components/apikeygen). */
export function judgeGrafanaKey({ value }: Sighting): Verdict | null {
  const { k, n, id } = parseObject(Buffer.from(value, 'base64').toString('utf8')) ?? {};
  return typeof k === 'string' && typeof n === 'string' && typeof id === 'number' ? { proof: 'validated' } : null;
}
