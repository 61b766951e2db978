const testFolder = /(?:^|\/)(?:tests?|__tests__|e2e|specs?|testdata|fixtures?|examples?|samples?)\//i;

/** Whether a path lies in a folder of tests, fixtures or examples, which nobody ships. */
export function isInTests(path: string): boolean {
  return testFolder.test(path);
}
