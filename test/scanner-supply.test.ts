import { describe, expect, it } from 'vitest';
import { UsageError } from '../src/domain/usage-error.ts';
import { parseScannerSupply } from '../src/scanner-supply.ts';

const parse = (values: Readonly<Record<string, readonly string[]>>) =>
  parseScannerSupply(new Map(Object.entries(values)), (path) => `/work/${path}`);

describe('where scanners and databases come from', () => {
  it('is the vendors, without an option', () => {
    expect(parse({})).toEqual({ mirror: null, databases: [], databaseMirrors: [], databaseMaxDays: 5 });
  });

  it('is read in order, paths made absolute', () => {
    const supply = parse({
      'scanner-mirror': ['https://mirror.test/github'],
      'scanner-db': ['grype=db=1.tar.zst', 'trivy=cache'],
      'scanner-db-mirror': ['trivy=first.test/db:2', 'grype=https://mirror.test/grype', 'trivy=second.test/db:2'],
      'scanner-db-max-age': ['14'],
    });
    expect(supply).toEqual({
      mirror: 'https://mirror.test/github',
      databases: [
        { scanner: 'grype', value: '/work/db=1.tar.zst' },
        { scanner: 'trivy', value: '/work/cache' },
      ],
      databaseMirrors: [
        { scanner: 'trivy', value: 'first.test/db:2' },
        { scanner: 'grype', value: 'https://mirror.test/grype' },
        { scanner: 'trivy', value: 'second.test/db:2' },
      ],
      databaseMaxDays: 14,
    });
  });

  it.each(['http://127.0.0.1:8080/x', 'http://localhost/x', 'http://[::1]:1/'])(
    'takes plain http from %s',
    (mirror) => {
      expect(parse({ 'scanner-mirror': [mirror] }).mirror).toBe(mirror);
    },
  );

  const login = ['reader', 'between-us'].join(':');
  it.each([
    ['scanner-mirror', 'mirror.test', '--scanner-mirror mirror.test is no https address'],
    ['scanner-mirror', `http://${login}@mirror.test/x`, '--scanner-mirror http://mirror.test is no https address'],
    ['scanner-mirror', 'file:///etc', '--scanner-mirror file:// is no https address'],
    ['scanner-db-mirror', 'grype=http://mirror.test', '--scanner-db-mirror http://mirror.test is no https address'],
    ['scanner-db-mirror', 'trivy=a b', '--scanner-db-mirror a b is no repository'],
    ['scanner-db-mirror', 'trivy=--insecure', '--scanner-db-mirror --insecure is no repository'],
    ['scanner-db', 'cache', '--scanner-db cache names no scanner and value'],
    ['scanner-db', 'trivy=', '--scanner-db trivy= names no scanner and value'],
    ['scanner-db-max-age', 'week', '--scanner-db-max-age week is no number of days'],
  ])('--%s %s is a usage error', (flag, value, message) => {
    const act = () => parse({ [flag]: [value] });
    expect(act).toThrow(UsageError);
    expect(act).toThrow(message);
  });

  it('takes one database per scanner', () => {
    expect(() => parse({ 'scanner-db': ['trivy=a', 'trivy=b'] })).toThrow('--scanner-db is given twice for trivy');
  });
});
