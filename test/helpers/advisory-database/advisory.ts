/** One flaw of one package as both scanners' databases are to know it. */
export interface PlantedAdvisory {
  readonly cve: string;
  /** Grype's own id where it is not the CVE; Trivy names it as the vendor's. */
  readonly ghsa?: string;
  /** `deb`: the source package of Debian 12. `program`: known to Grype only, which looks into programs for a version. */
  readonly ecosystem: 'deb' | 'npm' | 'python' | 'program';
  /** Of a program: vendor and product as in its CPE, `nodejs:node.js`. */
  readonly name: string;
  /** The first affected version, where not every one below the fix is. */
  readonly from?: string;
  /** Null: no fix. */
  readonly fixed: string | null;
  readonly trivySeverity: 'LOW' | 'MEDIUM' | 'HIGH' | 'CRITICAL';
  readonly grypeSeverity: 'negligible' | 'low' | 'medium' | 'high' | 'critical';
  /** Which database knows it; default both. */
  readonly knownTo?: 'trivy' | 'grype';
  readonly cvss?: { readonly version: '3.1' | '4.0'; readonly vector: string; readonly score: number };
  /** From 0 to 1. */
  readonly epss?: number;
  readonly isExploited?: boolean;
}
