const systemPackages = 400;
const modules = 2_000;

/** Debian's list of what is installed, with the lists of files beside it. */
function systemFiles(random, words) {
  const names = [
    'bash',
    'tar',
    ...Array.from({ length: systemPackages - 2 }, (_, number) => `lib${random.pick(words)}${number}`),
  ];
  const stanzas = names.map((name) =>
    [
      `Package: ${name}`,
      'Status: install ok installed',
      'Priority: optional',
      'Section: libs',
      `Installed-Size: ${random.between(20, 9_000)}`,
      'Maintainer: Bench <bench@example.com>',
      'Architecture: amd64',
      `Version: 1.${random.below(20)}.${random.below(20)}-${1 + random.below(5)}`,
      `Depends: libc6 (>= 2.${random.between(14, 36)})`,
      `Description: ${random.pick(words)} ${random.pick(words)}`,
      '',
    ].join('\n'),
  );
  const lists = names.map((name) => [
    `var/lib/dpkg/info/${name}.list`,
    Array.from({ length: random.between(4, 60) }, () => `/usr/share/${name}/${random.pick(words)}\n`).join(''),
  ]);
  const release = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nID=debian\nVERSION_ID="12"\n';
  return [
    ['etc/os-release', release],
    ['etc/debian_version', '12.0\n'],
    ['var/lib/dpkg/status', `${stanzas.join('\n')}\n`],
    ...lists,
  ];
}

/** An installed npm application: its lockfile, and a manifest for each module. */
function applicationFiles(random, words) {
  const generated = Array.from({ length: modules - 2 }, (_, number) => [
    `${random.pick(words)}-${random.pick(words)}-${number}`,
    `${random.below(9)}.${random.below(30)}.${random.below(20)}`,
  ]);
  const installed = [['lodash', '4.17.20'], ['minimist', '1.2.0'], ...generated];
  const packages = installed.map(([name, version]) => [
    `node_modules/${name}`,
    { version, resolved: `https://registry.npmjs.org/${name}/-/${name}-${version}.tgz`, license: 'MIT' },
  ]);
  const lockfile = { name: 'bench', version: '1.0.0', lockfileVersion: 3, packages: Object.fromEntries(packages) };
  const manifests = installed.map(([name, version]) => [
    `app/node_modules/${name}/package.json`,
    JSON.stringify({ name, version, license: 'MIT', main: 'index.js', description: random.pick(words) }),
  ]);
  return [['app/package-lock.json', JSON.stringify(lockfile, null, 2)], ...manifests];
}

/** Path and content of what Trivy and Grype find packages by: 400 of Debian and 2,000 of npm. */
export function packageFiles(random, words) {
  return [...systemFiles(random, words), ...applicationFiles(random, words)].map(([path, text]) => [
    path,
    Buffer.from(text),
  ]);
}
