import type { ImageStep } from './docker-save.ts';

/** A package as Debian's dpkg lists it. */
interface SystemPackage {
  readonly name: string;
  /** The source package, where it has another name. */
  readonly source?: string;
  readonly version: string;
}

interface Base {
  readonly debian: string;
  /** When Debian's image was made, in seconds since 1970. */
  readonly made: number;
  readonly packages: readonly SystemPackage[];
  readonly node: string;
}

/** `node:latest` as a machine that never pulls again still has it: September 2023. */
export const staleNode: Base = {
  debian: '12.1',
  made: 1_695_081_600,
  packages: [
    { name: 'curl', version: '7.88.1-10+deb12u1' },
    { name: 'libc-bin', source: 'glibc', version: '2.36-9+deb12u1' },
    { name: 'libc6', source: 'glibc', version: '2.36-9+deb12u1' },
    { name: 'libcurl4', source: 'curl', version: '7.88.1-10+deb12u1' },
    { name: 'zlib1g', source: 'zlib', version: '1:1.2.13.dfsg-1' },
  ],
  node: '20.7.0',
};

/** `node:22.12.0-bookworm-slim`. */
export const slimNode: Base = {
  debian: '12.8',
  made: 1_733_097_600,
  packages: [
    { name: 'libc-bin', source: 'glibc', version: '2.36-9+deb12u9' },
    { name: 'libc6', source: 'glibc', version: '2.36-9+deb12u9' },
    { name: 'zlib1g', source: 'zlib', version: '1:1.2.13.dfsg-1' },
  ],
  node: '22.12.0',
};

function statusOf({ name, source, version }: SystemPackage): string {
  const fields = [
    `Package: ${name}`,
    'Status: install ok installed',
    'Maintainer: Debian <debian-devel@lists.debian.org>',
    'Architecture: amd64',
    ...(source === undefined ? [] : [`Source: ${source}`]),
    `Version: ${version}`,
    'Description: a package of the demo',
  ];
  return `${fields.join('\n')}\n`;
}

/** What scanners look at in an image of Node on Debian 12: the system's name, its package list, the program's version. */
export function baseSteps({ debian, made, packages, node }: Base): readonly ImageStep[] {
  const release =
    'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\n';
  return [
    {
      createdBy: `# debian.sh --arch 'amd64' out/ 'bookworm' '@${made}'`,
      files: {
        'etc/debian_version': `${debian}\n`,
        'etc/os-release': release,
        'etc/passwd': 'root:x:0:0:root:/root:/bin/bash\n',
        'var/lib/dpkg/status': packages.map(statusOf).join('\n'),
      },
    },
    { createdBy: `ENV NODE_VERSION=${node}` },
    {
      createdBy: 'RUN /bin/sh -c tar -xJf "node-v$NODE_VERSION-linux-x64.tar.xz" -C /usr/local # buildkit',
      files: { 'usr/local/bin/node': `\u007fELF\u0000node.js/v${node}\u0000` },
    },
    { createdBy: 'CMD ["node"]' },
  ];
}
