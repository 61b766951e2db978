const exampleLayers = [{ createdBy: 'COPY app /app # buildkit', files: { 'app/main': 'program' } }];
const exampleFiles = { Dockerfile: 'FROM debian:12.5\nCOPY app /app\nUSER 1000\n' };
const openssl = {
  PkgName: 'openssl',
  InstalledVersion: '3.0.11-1',
  PkgIdentifier: { PURL: 'pkg:deb/debian/openssl@3.0.11-1?arch=amd64' },
};
const debian = {
  Target: 'app (debian 12.5)',
  Class: 'os-pkgs',
  Type: 'debian',
  Packages: [{ Name: 'openssl', Version: '3.0.11-1' }],
};
const trivyReport = (vulnerabilities: readonly object[]) => ({
  SchemaVersion: 2,
  ArtifactName: 'app.tar',
  Metadata: {},
  Results: [{ ...debian, Vulnerabilities: vulnerabilities }],
});

const npmLock = `{
  "lockfileVersion": 3,
  "packages": {
    "": { "dependencies": { "express": "4.17.1" } },
    "node_modules/express": { "version": "4.17.1", "dependencies": { "qs": "6.7.0" } },
    "node_modules/qs": { "version": "6.7.0" }
  }
}
`;

/** What `vulnerable-package` makes of the two scanners' reports. */
export const vulnerablePackageExamples = [
  {
    title: 'both scanners report the same flaw',
    files: exampleFiles,
    image: { user: '1000', layers: exampleLayers },
    reports: {
      trivy: trivyReport([
        { ...openssl, VulnerabilityID: 'CVE-2026-1234', Severity: 'CRITICAL', FixedVersion: '3.0.15-1' },
      ]),
      grype: {
        matches: [
          {
            vulnerability: { id: 'CVE-2026-1234', severity: 'High', fix: { versions: ['3.0.15-1'], state: 'fixed' } },
            relatedVulnerabilities: [],
            artifact: {
              name: 'openssl',
              version: '3.0.11-1',
              purl: 'pkg:deb/debian/openssl@3.0.11-1?upstream=openssl',
            },
          },
        ],
        descriptor: { name: 'grype', version: '0.120.1' },
      },
    },
    flags: [{ where: 'image:pkg:deb/debian/openssl@3.0.11-1?arch=amd64', severity: 'critical' }],
  },
  {
    title: 'a report that lists packages and no vulnerability',
    files: exampleFiles,
    image: { user: '1000', layers: exampleLayers },
    reports: { trivy: trivyReport([]) },
    flags: [],
  },
  {
    title: 'only Grype reports it; the package databases of the layers tell which step brought the package',
    files: {
      Dockerfile: 'FROM debian:12.5\nRUN apt-get update && apt-get install -y curl\nCOPY app /app\nUSER 1000\n',
    },
    image: {
      user: '1000',
      layers: [
        {
          createdBy: 'RUN /bin/sh -c apt-get update && apt-get install -y curl # buildkit',
          files: { 'var/lib/dpkg/status': 'Package: curl\nStatus: install ok installed\nVersion: 7.88.1-10\n' },
        },
        ...exampleLayers,
      ],
    },
    reports: {
      grype: {
        matches: [
          {
            vulnerability: { id: 'CVE-2026-4321', severity: 'High', fix: { versions: ['7.88.1-11'], state: 'fixed' } },
            artifact: { name: 'curl', version: '7.88.1-10', type: 'deb', purl: 'pkg:deb/debian/curl@7.88.1-10' },
          },
        ],
        distro: { name: 'debian', version: '12' },
        descriptor: { name: 'grype', version: '0.120.1' },
      },
    },
    flags: [{ where: 'Dockerfile:2', severity: 'high' }],
  },
  {
    title: 'a package that a lockfile pins, brought by another one',
    files: {
      ...exampleFiles,
      'package.json': '{ "dependencies": { "express": "4.17.1" } }\n',
      'package-lock.json': npmLock,
    },
    image: { user: '1000', layers: exampleLayers },
    reports: {
      trivy: {
        ...trivyReport([]),
        Results: [
          {
            Target: 'Node.js',
            Class: 'lang-pkgs',
            Type: 'node-pkg',
            Packages: [{ Name: 'qs', Version: '6.7.0' }],
            Vulnerabilities: [
              {
                VulnerabilityID: 'CVE-2026-5678',
                PkgName: 'qs',
                PkgPath: 'app/node_modules/qs/package.json',
                PkgIdentifier: { PURL: 'pkg:npm/qs@6.7.0' },
                InstalledVersion: '6.7.0',
                FixedVersion: '6.7.3, 6.9.7',
                Severity: 'HIGH',
              },
            ],
          },
        ],
      },
    },
    flags: [{ where: 'package-lock.json:6', severity: 'high' }],
  },
] as const;
