import packageJson from '../package.json' with { type: 'json' };

/** As published. */
export const version: string = packageJson.version;
