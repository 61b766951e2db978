import { expect, it } from 'vitest';
import { libraryPlace } from '../../src/domain/library-path.ts';

it.each<[string, string, boolean]>([
  ['app/node_modules/ssh2/test/fixtures/id_rsa', 'app/node_modules/ssh2', true],
  ['app/node_modules/ssh2/lib/protocol/constants.js', 'app/node_modules/ssh2', false],
  ['node_modules/@scope/name/README.md', 'node_modules/@scope/name', true],
  ['a/node_modules/b/node_modules/c/src/x.test.ts', 'a/node_modules/b/node_modules/c', true],
  ['app/node_modules/test/index.js', 'app/node_modules/test', false],
  ['app/node_modules/latest/contest.js', 'app/node_modules/latest', false],
  ['usr/lib/python3.11/site-packages/twisted/conch/test/keydata.py', 'usr/lib/python3.11/site-packages/twisted', true],
  ['app/site-packages/ecdsa/test_keys.py', 'app/site-packages/ecdsa', true],
  ['app/site-packages/ecdsa/keys.py', 'app/site-packages/ecdsa', false],
  ['app/site-packages/tests/server.key', 'app/site-packages/tests', true],
  ['usr/local/lib/python3.12/test/certdata/keycert.pem', 'usr/local/lib/python3.12', true],
  [
    'root/go/pkg/mod/golang.org/x/crypto@v0.58.0/ssh/testdata/keys.go',
    'root/go/pkg/mod/golang.org/x/crypto@v0.58.0',
    true,
  ],
  ['go/pkg/mod/github.com/a/b@v1.0.0/config_test_helpers.go', 'go/pkg/mod/github.com/a/b@v1.0.0', true],
  ['go/pkg/mod/github.com/a/b@v1.0.0/config.go', 'go/pkg/mod/github.com/a/b@v1.0.0', false],
  ['usr/local/go/src/crypto/tls/testdata/example-key.pem', 'usr/local/go', true],
  ['usr/local/go/src/crypto/x509/platform_root_key.pem', 'usr/local/go', false],
])('%s lies in %s', (path, library, isTest) => {
  expect(libraryPlace(path)).toEqual({ library, isTest });
});

it.each([
  'app/test/fixtures/key.pem',
  'app/tests/site-packages',
  'app/node_modules/.env',
  'node_modules',
  'app/site-packages/key.pem',
  'srv/latest-test/.env',
  'app/examples/.env',
  'my-site-packages/x/key.pem',
])('%s is no library', (path) => {
  expect(libraryPlace(path)).toBeNull();
});

it("a team's tests folder around a library says nothing of the library's files", () => {
  const path = 'srv/tests/venv/lib/python3.12/site-packages/acme/key.pem';
  expect(libraryPlace(path)).toEqual({ library: 'srv/tests/venv/lib/python3.12/site-packages/acme', isTest: false });
});

it('a long hostile path takes no time', () => {
  const path = 'node_modules/'.repeat(300);
  const start = performance.now();
  libraryPlace(path);
  libraryPlace(`pkg/mod/${'a@v'.repeat(1300)}`);
  libraryPlace(`lib/python3.1${'_test'.repeat(800)}/${'x.'.repeat(2000)}`);
  expect(performance.now() - start).toBeLessThan(200);
});
