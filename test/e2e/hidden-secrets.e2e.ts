import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Database } from 'node-sqlite3-wasm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildImage, tarOf } from '../../src/demo/docker-save.ts';
import { exampleKey } from '../../src/domain/example-key.ts';
import { ociFiles, tarEntries } from '../helpers/image-forms.ts';
import { parseReport } from '../helpers/json-report.ts';
import { copyPackage, type ShippedPackage } from '../helpers/program.ts';
import { filler } from '../sources/secret/detector-samples.ts';

let shipped: ShippedPackage;
let place: string;

beforeAll(async () => {
  shipped = await copyPackage();
  place = await mkdtemp(join(tmpdir(), 'hullcheck-hidden-'));
});
afterAll(async () => {
  await shipped?.remove();
  await rm(place, { recursive: true, force: true });
});

const mebibyte = 1024 ** 2;
/** A key of its own for each file, so that each is a place of its own. */
const keyFor = (name: string) => `gsk_${filler(52, 'base62', name)}`;
const wide = (text: string) => Buffer.from(text, 'utf16le');
const account = (name: string) =>
  JSON.stringify({ type: 'service_account', project_id: name, private_key: exampleKey(name) }, null, 2);

/** The columns of a record follow each other without a gap, so that only a long prefix is told in the midst of it. */
async function sqliteFile(value: string): Promise<Buffer> {
  const path = join(place, 'app.db');
  const database = new Database(path);
  database.exec('CREATE TABLE settings (name TEXT, value TEXT)');
  for (let index = 0; index < 500; index++) {
    database.run('INSERT INTO settings VALUES (?, ?)', [`name ${index}`, index === 250 ? value : filler(200)]);
  }
  database.close();
  return await readFile(path);
}

/** Where secrets are when nobody looks: each of these files holds one, in a form that hides it from a plain search. */
const files = async (): Promise<Readonly<Record<string, string | Buffer>>> => ({
  'app/wide-le.txt': Buffer.concat([Buffer.from([0xff, 0xfe]), wide(`KEY=${keyFor('le')}\r\n`)]),
  'app/wide-be.txt': wide(`${'x'.repeat(3 * mebibyte)} KEY=${keyFor('be')}\r\n`).swap16(),
  'app/wide/.env': wide(`SHOP_PASSWORD=${filler(20)}\r\n`),
  'app/mac/.env': `EMPTY=\rSHOP_PASSWORD=${filler(21)}\r`,
  'app/config.json': JSON.stringify({ nested: { apiKey: keyFor('json') } }),
  'app/account.json': account('plain'),
  'app/account-in-json.json': JSON.stringify({ environment: { GOOGLE: account('twice') } }),
  'app/account.b64': Buffer.from(account('encoded')).toString('base64'),
  'app/key.b64': Buffer.from(exampleKey('base64')).toString('base64'),
  'app/crlf.pem': exampleKey('crlf').replaceAll('\n', '\r\n'),
  'app/one-line.env.js': `module.exports = { key: "${exampleKey('escaped').replaceAll('\n', '\\n')}" };`,
  'app/secret.yaml': `data:\n  .dockerconfigjson: ${btoa(JSON.stringify({ auths: { 'ghcr.io': { auth: btoa(`u:${filler(22)}`) } } }))}\n`,
  'app/.git/config': `[remote "origin"]\n\turl = https://x-access-token:${filler(40)}@github.com/acme/app\n`,
  'root/.bash_history': `cd /srv\nexport DB_PASSWORD=${filler(23)}\n`,
  'root/.zsh_history': `: 1700000000:0;mysql -h db -u root -p${filler(24)} shop\n`,
  'root/.npmrc': `//npm.acme.io/:username=ci\n//npm.acme.io/:_password="${btoa(filler(25))}"\n`,
  'app/.npmrc': `_auth = ${btoa(`ci:${filler(26)}`)}\n`,
  'etc/pip.conf': `[global]\nextra-index-url = https://ci:${filler(27)}@pypi.acme.io/simple\n`,
  'app/requirements.txt': `--extra-index-url https://ci:${filler(28)}@pypi.acme.io/simple\nflask==3.0.0\n`,
  'app/application-prod.properties': `spring.datasource.password=${filler(29)}\n`,
  'app/appsettings.json': `{"ConnectionStrings": {"Db": "Server=db;User Id=app;Password=${filler(30)};"}}`,
  'data/app.db': await sqliteFile(`sk-ant-api03-${filler(93)}AA`),
  'app/bundle.min.js': `${'a=b;'.repeat(700_000)}var k="${keyFor('minified')}";${'c=d;'.repeat(700_000)}`,
  'app/boundary.bin': Buffer.concat([
    Buffer.alloc(mebibyte - 3 * 512 - 20, 1),
    Buffer.from(keyFor('boundary')),
    Buffer.alloc(3 * mebibyte, 2),
  ]),
  'app/padded.img': Buffer.concat([Buffer.alloc(2 * mebibyte), Buffer.from(keyFor('padded')), Buffer.alloc(mebibyte)]),
  'app/compiled': Buffer.concat([Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 1]), Buffer.from(`\0${keyFor('elf')}\0`)]),
});

it('a secret is found in whatever form it lies in an image', async () => {
  const planted = await files();
  const image = await buildImage({
    tag: 'hidden:1',
    user: '10001',
    steps: [{ createdBy: 'COPY . / # buildkit', files: planted }],
  });
  const archive = join(place, 'hidden.tar');
  await writeFile(archive, await tarOf(tarEntries(ociFiles(image, { compress: (layer) => gzipSync(layer) }))));
  const words = ['check', place, '--image', archive, '--scanner', 'none', '--format', 'json', '--all'];
  const { stdout } = await shipped.hullcheck(words, { directory: place });
  const { findings, gaps } = parseReport(stdout);
  expect(gaps).toEqual([]);
  const grave = findings.filter(({ severity }) => ['critical', 'high', 'medium'].includes(severity));
  const told = new Set(
    grave.flatMap(({ at, related }) => [at, ...related.map((other) => other.at)]).map(({ path }) => path),
  );
  expect(Object.keys(planted).filter((path) => !told.has(path))).toEqual([]);
  for (const value of [keyFor('le'), filler(20), filler(23), filler(29)]) expect(stdout).not.toContain(value);
});

it('a secret is found in whatever form the history and settings of an image hold it', async () => {
  const steps = [
    `ENV PLAIN_NOTE ${keyFor('pair')}`,
    `/bin/sh -c #(nop)  ENV SHOP_PASSWORD='${filler(20)} "quoted"' OTHER="it's"`,
    `ARG DEPLOY_TOKEN=${filler(31)}`,
    `LABEL note="${keyFor('label')}"`,
    `|2 A=1 NPM_TOKEN=${filler(32)} /bin/sh -c npm ci`,
    `RUN /bin/sh -c curl -H 'X-Key: ${keyFor('header')}' https://acme.io # buildkit`,
    `RUN /bin/sh -c echo "pplx-${filler(48)}" > /x # buildkit`,
  ];
  const image = await buildImage({
    tag: 'history:1',
    user: '10001',
    steps: steps.map((createdBy, index) => ({ createdBy, files: { [`f${index}`]: String(index) } })),
  });
  const archive = join(place, 'history.tar');
  await writeFile(archive, await tarOf(tarEntries(ociFiles(image))));
  const words = ['check', place, '--image', archive, '--scanner', 'none', '--format', 'json', '--all'];
  const { stdout } = await shipped.hullcheck(words, { directory: place });
  const { findings, gaps } = parseReport(stdout);
  expect(gaps).toEqual([]);
  const told = findings.filter(({ ruleId }) => ruleId === 'secret-in-image-config').map(({ at }) => at.name);
  expect(told.sort()).toEqual(
    ['PLAIN_NOTE', 'SHOP_PASSWORD', 'DEPLOY_TOKEN', 'note', 'NPM_TOKEN', 'Groq key', 'Perplexity key'].sort(),
  );
});
