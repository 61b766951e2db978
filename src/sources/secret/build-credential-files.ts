import type { CredentialFile } from './credential-file.ts';
import { either, matching, readDockerAuths, settings, withoutXmlComments } from './credential-reader.ts';
import { file } from './credential-row.ts';

/** `scheme://name:password@host`, or a long word alone in the place of both: a token. */
const urlCredential = String.raw`[a-z][a-z0-9+.-]{1,20}:\/\/(?:[^\s:@\/]{0,256}:|(?=[^\s:@\/]{16}))(?<value>[^\s@\/]{4,1024})@(?<name>[^\s\/?#"']{1,256})`;

/** Files of package managers, version control, registries and clusters. */
export const buildCredentialFiles: readonly CredentialFile[] = [
  file(
    'npmrc',
    'npm settings',
    ['.npmrc'],
    matching(
      /^[ \t]*(?<name>(?:\/\/[^\s=]{1,256}:)?(?:_authToken|_auth|_password))[ \t]*=[ \t]*"?(?<value>[^\s"]{1,4096})/gm,
    ),
    'https://www.npmjs.com/settings/~/tokens',
  ),
  file('yarnrc', 'Yarn settings', ['.yarnrc.yml'], settings('npmAuthToken|npmAuthIdent')),
  file('bunfig', 'Bun settings', ['bunfig.toml', '.bunfig.toml'], settings('token|password')),
  file(
    'pypirc',
    'Python package index logins',
    ['.pypirc'],
    settings('password'),
    'https://pypi.org/manage/account/token/',
  ),
  file('pip', 'pip settings', ['pip.conf', '.pip/pip.conf', 'pip.ini'], matching(new RegExp(urlCredential, 'gi'))),
  file('poetry', 'Poetry logins', ['pypoetry/auth.toml'], settings('password|token|pypi-token\\.[\\w-]{1,64}')),
  file(
    'cargo',
    'Cargo logins',
    ['.cargo/credentials', '.cargo/credentials.toml'],
    settings('token'),
    'https://crates.io/settings/tokens',
  ),
  file(
    'gem',
    'RubyGems logins',
    ['.gem/credentials'],
    settings(':?rubygems_api_key|:?[\\w.-]{1,64}_api_key'),
    'https://rubygems.org/profile/api_keys',
  ),
  file(
    'composer',
    'Composer logins',
    ['.composer/auth.json', 'composer/auth.json'],
    settings('password|github\\.com|gitlab\\.com'),
  ),
  file(
    'maven',
    'Maven settings',
    ['settings.xml'],
    withoutXmlComments(
      matching(/<\s{0,8}(?<name>password|passphrase)\s{0,8}>\s{0,80}(?<value>[^<\s][^<]{0,1023})<\s{0,8}\//gi),
    ),
  ),
  file(
    'maven-master',
    'Maven master password',
    ['settings-security.xml'],
    // It is encrypted, with a key that Maven's source states; braces stand around it.
    withoutXmlComments(matching(/<(?<name>master)>\s{0,80}\{?(?<value>[^<{}\s]{8,1024})/gi)),
  ),
  file(
    'gradle',
    'Gradle properties',
    ['.gradle/gradle.properties'],
    settings('[\\w.]{0,64}(?:password|token|secret|apikey)'),
  ),
  file(
    'nuget',
    'NuGet settings',
    ['nuget.config'],
    matching(/key="(?<name>ClearTextPassword|Password)"\s{1,8}value="(?<value>[^"]{1,1024})"/gi),
  ),
  file(
    'netrc',
    'netrc logins',
    ['.netrc', '_netrc'],
    matching(
      /\bmachine\s{1,16}(?<name>\S{1,256})\s{1,64}(?:login\s{1,16}\S{1,256}\s{1,64})?(?:account\s{1,16}\S{1,256}\s{1,64})?password\s{1,16}(?<value>\S{1,1024})/g,
    ),
  ),
  file(
    'git-credentials',
    'Git logins',
    ['.git-credentials', '.config/git/credentials'],
    matching(new RegExp(`^${urlCredential}`, 'gim')),
  ),
  file(
    'git-config',
    'Git repository settings',
    ['.git/config', '.git/modules/**/config'],
    either(
      matching(new RegExp(urlCredential, 'gi')),
      matching(/^[ \t]*(?<name>extraheader)[ \t]*=[ \t]*authorization:[ \t]*\w{1,16}[ \t]{1,4}(?<value>\S{8,4096})/gim),
    ),
  ),
  file(
    'github-cli',
    'GitHub CLI logins',
    ['.config/gh/hosts.yml'],
    settings('oauth_token'),
    'https://github.com/settings/applications',
  ),
  file(
    'copilot',
    'GitHub Copilot logins',
    ['github-copilot/hosts.json', 'github-copilot/apps.json'],
    settings('oauth_token'),
    'https://github.com/settings/applications',
  ),
  file(
    'docker-config',
    'container registry logins',
    ['.docker/config.json', '.dockercfg', 'containers/auth.json', '.dockerconfigjson'],
    readDockerAuths,
    'https://app.docker.com/settings/personal-access-tokens',
  ),
  file(
    'kubeconfig',
    'Kubernetes cluster logins',
    [
      '.kube/config',
      'kubeconfig',
      'kubeconfig.yml',
      'kubeconfig.yaml',
      'etc/kubernetes/admin.conf',
      'etc/kubernetes/super-admin.conf',
    ],
    settings('token|client-key-data|password|id-token|refresh-token'),
  ),
];
