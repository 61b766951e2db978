import { describe, expect, it } from 'vitest';
import { credentialFileAt, credentialFiles, readCredentialFile } from '../../../src/sources/secret/credential-file.ts';
import { filler } from './detector-samples.ts';

const value = filler(24);
const reference = ['$', '{SECRET}'].join('');
const encoded = Buffer.from(`user:${value}`).toString('base64');

/** Path, content, and what the file is said to hold; every value is replaced by references in the second run. */
const held: readonly (readonly [path: string, content: string, holds: readonly string[]])[] = [
  ['root/.bash_history', `ls\nexport DB_PASSWORD='${value}'\n`, ['DB_PASSWORD']],
  ['root/.zsh_history', `: 1700000000:0;mysql -u root -p${value} app\n`, ['mysql']],
  ['root/.ash_history', `curl -s -u deploy:${value} https://acme.io/x\n`, ['curl']],
  ['root/.sh_history', `docker login --username app --password ${value} acme.io\n`, ['password']],
  ['root/.psql_history', `ALTER USER app WITH PASSWORD '${value}';\n`, ['WITH PASSWORD']],
  ['root/.mysql_history', `git clone https://app:${value}@git.acme.io/x\n`, ['git.acme.io']],
  [
    'app/application-prod.yml',
    `spring:\n  datasource:\n    password: "${value}"\n    other-secret: true\n`,
    ['password'],
  ],
  ['app/application.properties', `spring.datasource.password=${value}\n`, ['spring.datasource.password']],
  ['app/appsettings.Production.json', `{"Db": "Server=db;Password=${value};"}`, ['Password']],
  ['root/.npmrc', `//npm.acme.io/:_authToken=${value}\nfund=false\n`, ['//npm.acme.io/:_authToken']],
  ['app/.yarnrc.yml', `npmRegistries:\n  x:\n    npmAuthToken: "${value}"\n`, ['npmAuthToken']],
  ['app/bunfig.toml', `[install.scopes]\nacme = { token = "${value}" }\n`, ['token']],
  ['root/.pypirc', `[pypi]\nusername = __token__\npassword = ${value}\n`, ['password']],
  ['etc/pip.conf', `[global]\nindex-url = https://user:${value}@pypi.acme.io/simple\n`, ['pypi.acme.io']],
  ['root/.config/pypoetry/auth.toml', `[http-basic.acme]\nusername = "u"\npassword = "${value}"\n`, ['password']],
  ['root/.cargo/credentials.toml', `[registry]\ntoken = "${value}"\n`, ['token']],
  ['root/.gem/credentials', `---\n:rubygems_api_key: ${value}\n`, [':rubygems_api_key']],
  ['root/.composer/auth.json', `{"http-basic": {"x": {"username": "u", "password": "${value}"}}}`, ['password']],
  ['root/.m2/settings-security.xml', `<settingsSecurity><master>{${value}}</master></settingsSecurity>`, ['master']],
  [
    'usr/share/maven/conf/settings.xml',
    `<!-- <password>repopwd</password> --><server><password> ${value} </password><passphrase>{${value}}</passphrase></server>`,
    ['password'],
  ],
  ['root/.m2/settings.xml', `<server><username>u</username><password>${value}</password></server>`, ['password']],
  ['root/.gradle/gradle.properties', `mavenPassword=${value}\n`, ['mavenPassword']],
  ['app/NuGet.Config', `<add key="ClearTextPassword" value="${value}" />`, ['ClearTextPassword']],
  ['root/.netrc', `machine api.acme.io\n  login u\n  password ${value}\n`, ['api.acme.io']],
  ['root/.git-credentials', `https://u:${value}@github.com\n`, ['github.com']],
  ['app/.git/config', `[remote "origin"]\n\turl = https://${value}@github.com/acme/app\n`, ['github.com']],
  ['app/.git/modules/a/b/config', `[http]\n\textraheader = AUTHORIZATION: basic ${value}\n`, ['extraheader']],
  ['root/.config/gh/hosts.yml', `github.com:\n  oauth_token: ${value}\n`, ['oauth_token']],
  ['root/.config/github-copilot/apps.json', `{"github.com:x": {"oauth_token": "${value}"}}`, ['oauth_token']],
  ['root/.docker/config.json', `{"auths": {"ghcr.io": {"auth": "${encoded}"}}}`, ['ghcr.io']],
  ['root/.dockercfg', `{"https://index.docker.io/v1/": {"auth": "${encoded}"}}`, ['https://index.docker.io/v1/']],
  ['root/.kube/config', `users:\n- name: a\n  user:\n    token: ${value}\n`, ['token']],
  [
    'root/.aws/credentials',
    `[default]\naws_access_key_id = A\naws_secret_access_key = ${value}\n`,
    ['aws_secret_access_key'],
  ],
  ['root/.config/gcloud/application_default_credentials.json', `{"refresh_token": "${value}"}`, ['refresh_token']],
  [
    'root/.terraform.d/credentials.tfrc.json',
    `{"credentials": {"app.terraform.io": {"token": "${value}"}}}`,
    ['token'],
  ],
  ['infra/terraform.tfstate', `{"attributes": {"master_password": "${value}"}}`, ['master_password']],
  ['infra/prod.tfvars', `db_password = "${value}"\n`, ['db_password']],
  ['root/.vault-token', `${value}\n`, ['token']],
  ['root/.databrickscfg', `[DEFAULT]\ntoken = ${value}\n`, ['token']],
  ['root/.config/rclone/rclone.conf', `[s3]\nsecret_access_key = ${value}\n`, ['secret_access_key']],
  ['root/.pgpass', `# host\ndb:5432:app:app:${value}\n`, ['db']],
  ['root/.my.cnf', `[client]\npassword="${value}"\n`, ['password']],
  ['etc/nginx/.htpasswd', `admin:$apr1$${filler(8)}$${filler(22)}\n`, ['admin']],
  [
    'srv/wp-config.php',
    `define('DB_PASSWORD', '${value}');\ndefine('AUTH_KEY', 'put your unique phrase here');`,
    ['DB_PASSWORD'],
  ],
  ['app/config/master.key', `${filler(32, 'hex')}\n`, ['master key']],
  ['app/config/database.yml', `production:\n  password: ${value}\n`, ['password']],
  ['app/.vscode/sftp.json', `{"host": "x", "password": "${value}"}`, ['password']],
  ['root/.config/filezilla/sitemanager.xml', `<Pass encoding="base64">${value}</Pass>`, ['Pass']],
  ['root/.mozilla/firefox/x.default/logins.json', `{"encryptedPassword":"${value}"}`, ['encryptedPassword']],
  ['root/.cache/huggingface/token', `${value}\n`, ['token']],
  ['root/.cache/huggingface/stored_tokens', `[ci]\nhf_token = ${value}\n`, ['hf_token']],
  [
    'app/.streamlit/secrets.toml',
    `OPENAI_API_KEY = "${value}"\n[db]\npassword = "${value}"\n`,
    ['OPENAI_API_KEY', 'password'],
  ],
  ['root/.kaggle/kaggle.json', `{"username":"u","key":"${value}"}`, ['key']],
  ['root/.claude/.credentials.json', `{"claudeAiOauth":{"accessToken":"${value}"}}`, ['accessToken']],
  ['root/.codex/auth.json', `{"OPENAI_API_KEY": "${value}"}`, ['OPENAI_API_KEY']],
  ['root/.gemini/oauth_creds.json', `{"access_token": "${value}"}`, ['access_token']],
  ['root/.continue/config.json', `{"models": [{"apiKey": "${value}"}]}`, ['apiKey']],
  ['root/.aider.conf.yml', `openai-api-key: ${value}\n`, ['openai-api-key']],
  ['root/.modal.toml', `[me]\ntoken_id = "ak-1"\ntoken_secret = "${value}"\n`, ['token_secret']],
  ['root/.runpod/config.toml', `apikey = "${value}"\n`, ['apikey']],
  ['root/.config/vastai/vast_api_key', value, ['API key']],
  ['root/.lightning/credentials.json', `{"api_key": "${value}"}`, ['api_key']],
  ['root/.comet.config', `[comet]\napi_key=${value}\n`, ['api_key']],
  ['root/.config/sops/age/keys.txt', `# created\nAGE-SECRET-KEY-1${filler(58, 'upper')}\n`, ['AGE-SECRET-KEY']],
  ['app/credentials.json', `{"installed": {"client_secret": "${value}"}}`, ['client_secret']],
];

const read = (path: string, content: string, isComplete = true) => {
  const file = credentialFileAt(path);
  if (file === null) throw new Error(`${path} is no credential file`);
  return readCredentialFile(file, Buffer.from(content), isComplete);
};

describe('with a credential inside', () => {
  it.each(held)('%s', (path, content, holds) => {
    const { facts, values } = read(path, content);
    expect(facts.holds).toEqual(holds);
    expect(facts.isRead).toBe(true);
    expect(values.length).toBeGreaterThan(0);
    for (const one of values) expect(JSON.stringify(facts)).not.toContain(one);
  });

  it.each(held.filter(([, content]) => content.includes(value)))('%s: a reference is none', (path, content) => {
    expect(read(path, content.replaceAll(value, reference)).facts.holds).toEqual([]);
  });

  it.each(held)('%s: an empty file holds none', (path) => {
    expect(read(path, '').facts.holds).toEqual([]);
  });
});

describe('paths', () => {
  it('every kind with a reader has a case', () => {
    const covered = new Set(held.map(([path]) => credentialFileAt(path)?.id));
    const missing = credentialFiles.filter(({ id, read }) => read !== null && !covered.has(id)).map(({ id }) => id);
    expect(missing).toEqual(['azure', 'putty']);
  });

  it('kinds have names of their own', () => {
    expect(new Set(credentialFiles.map(({ id }) => id)).size).toBe(credentialFiles.length);
  });

  it.each([
    'app/.npmrc.example',
    'app/.env',
    'app/npmrc',
    'app/config.json',
    'app/config',
    'app/credentials',
    'app/token',
    'app/.gitconfig',
    'etc/gitconfig',
    'app/xhuggingface/token',
    'app/terraform.tfstate.example',
    'app/settings.py',
    'app/x.pem',
    'root/.ssh/id_rsa',
    '',
    '/',
    `${'a.'.repeat(2000)}x`,
  ])('%s is none', (path) => {
    expect(credentialFileAt(path)).toBeNull();
  });

  it.each([
    ['.npmrc', 'npmrc'],
    ['APP/NUGET.CONFIG', 'nuget'],
    ['a/b/terraform.tfstate.backup', 'terraform-state'],
    ['a/team.kdbx', 'password-store'],
    ['root/.config/gcloud/credentials.db', 'gcloud-store'],
    ['.git/config', 'git-config'],
  ])('%s is %s', (path, id) => {
    expect(credentialFileAt(path)?.id).toBe(id);
  });
});

describe('judgement', () => {
  it.each([
    ['what is not in its format', 'root/.docker/config.json', 'auths: {}', true],
    ['what was cut', 'root/.npmrc', 'fund=false\n', false],
    ['what is only named', 'a/team.kdbx', 'anything', true],
    ['a token file of several lines', 'root/.vault-token', 'one line\nand another\n', true],
  ])('%s was not judged', (_, path, content, isComplete) => {
    expect(read(path, content, isComplete).facts).toMatchObject({ holds: [], isRead: false });
  });

  it('comments and placeholders are none', () => {
    expect(
      read('root/.aws/credentials', `# aws_secret_access_key = ${value}\naws_secret_access_key = your-secret-key\n`)
        .facts.holds,
    ).toEqual([]);
  });

  it('a PuTTY key under a passphrase holds none, an open one does', () => {
    const key = (encryption: string) =>
      `PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: ${encryption}\nPrivate-Lines: 1\n${filler(44)}\nPrivate-MAC: ${filler(64, 'hex')}\n`;
    expect(read('root/deploy.ppk', key('none')).facts.holds).toEqual(['private key']);
    expect(read('root/deploy.ppk', key('aes256-cbc')).facts).toMatchObject({ holds: [], isRead: true });
  });

  it('UTF-16 is read', () => {
    const file = credentialFileAt('root/.npmrc');
    const content = Buffer.from(`\ufeff//npm.acme.io/:_authToken=${value}\r\n`, 'utf16le');
    expect(file === null ? null : readCredentialFile(file, content, true).facts.holds).toEqual([
      '//npm.acme.io/:_authToken',
    ]);
  });

  it.each(credentialFiles.filter((file) => file.read !== null))('$id: hostile content takes no time', (file) => {
    const units = [
      'a',
      ' ',
      '\t',
      '"',
      ':',
      'machine a ',
      'password',
      'token=',
      'https://a:',
      '<Pass',
      '#',
      '{',
      '\n:',
      'a:',
      "define('",
    ];
    for (const unit of units) {
      const content = Buffer.from(unit.repeat(Math.ceil(65_536 / unit.length)));
      const start = performance.now();
      readCredentialFile(file, content, true);
      expect(performance.now() - start, JSON.stringify(unit)).toBeLessThan(1000);
    }
  });
});
