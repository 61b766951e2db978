/**
 * Whether a text has the form of an advisory's id in one of the databases: letters, a dash or colon and a number
 * (`CVE-2026-0001`, `RHSA-2026:1`, `GO-2026-1`), or a GHSA id. Ids of misconfigurations (`AVD-DS-0001`) are none.
 */
export function isAdvisoryId(text: string): boolean {
  if (/^GHSA(?:-[0-9a-z]{4}){3}$/i.test(text)) return true;
  return (
    /^[A-Z][A-Z0-9]{1,15}(?:-[A-Z]{1,8})?[-:][\w.:-]{0,60}$/i.test(text) && /\d/.test(text) && !/^AVD-/i.test(text)
  );
}
