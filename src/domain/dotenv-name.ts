/** Templates that people ship on purpose, without values. */
const templateSuffix = /\.(?:example|sample|template|tmpl|dist|defaults?|schema)$/i;
const dotenvName = /^(?:\.env|\.env\..+|.+\.env|\.envrc)$/i;

/** `.env`, `.env.production`, `prod.env`, `.envrc`; not `.env.example` and other templates. Takes a base name. */
export function isDotenvName(name: string): boolean {
  return dotenvName.test(name) && !templateSuffix.test(name) && !/\.(?:example|sample|template)\./i.test(name);
}
