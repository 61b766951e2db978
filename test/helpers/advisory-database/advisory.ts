/** One flaw of one package as both scanners' databases are to know it. */
export interface PlantedAdvisory {
  readonly cve: string;
  /** Grype's own id where it is not the CVE; Trivy names it as the vendor's. */
  readonly ghsa?: string;
  /** `deb`: the source package of Debian 12. */
  readonly ecosystem: 'deb' | 'npm' | 'python';
  readonly name: string;
  /** Null: no fix. */
  readonly fixed: string | null;
  readonly trivySeverity: 'LOW' | 'MEDIUM' | 'HIGH' | 'CRITICAL';
  readonly grypeSeverity: 'negligible' | 'low' | 'medium' | 'high' | 'critical';
  /** Which database knows it; default both. */
  readonly knownTo?: 'trivy' | 'grype';
  /** From 0 to 1. */
  readonly epss?: number;
  readonly isExploited?: boolean;
}
