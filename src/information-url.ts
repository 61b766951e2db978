/** The project's page, without a trailing slash. */
export const informationUrl = 'https://github.com/hullcheck/hullcheck';
