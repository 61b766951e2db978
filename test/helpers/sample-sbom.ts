import type { AttributedSbom, ScannerSbom } from '../../src/domain/sbom.ts';
import { fakeImage } from './fake-scanner.ts';

type Properties = Readonly<Record<string, string>>;

const listed = (properties: Properties) => Object.entries(properties).map(([name, value]) => ({ name, value }));

/** A component as Trivy writes it. */
export function trivyComponent(purl: string, properties: Properties = {}) {
  const [, name = '', version = ''] = /^pkg:.+\/([^/]+)@([^?]+)/.exec(purl) ?? [];
  return { 'bom-ref': purl, type: 'library', name, version, purl, properties: listed(properties) };
}

/** A document as Trivy writes it. */
export function trivySbom(components: readonly object[], labels: Properties = {}) {
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.7.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.7',
    serialNumber: 'urn:uuid:fd4a2557-25ea-4a1c-88ef-ff150bc085bb',
    version: 1,
    metadata: {
      timestamp: '2026-11-22T21:34:29+00:00',
      tools: { components: [{ type: 'application', group: 'aquasecurity', name: 'trivy', version: '0.74.0' }] },
      component: { 'bom-ref': 'root', type: 'container', name: 'app.tar', properties: listed(labels) },
    },
    components,
    dependencies: [{ ref: 'root', dependsOn: [] }],
    vulnerabilities: [],
  };
}

/** The sample with `parts` in it, read as `readSbomFile` reads it, and attributed with nothing. */
export function attributed(written: ReturnType<typeof trivySbom>, parts: Partial<AttributedSbom> = {}): AttributedSbom {
  const components = written.components.map((component) => ({
    written: { ...component },
    properties: Reflect.get(component, 'properties') ?? [],
    package: null,
    diffId: null,
    path: null,
  }));
  const sbom: ScannerSbom = { image: 'app.tar', scanner: 'trivy', written, metadata: written.metadata, components };
  const causes = components.map(() => null);
  return { sbom, image: fakeImage('app.tar', 'a'), causes, unattributed: 0, redacted: 0, ...parts };
}
