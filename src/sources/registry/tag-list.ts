import { asList, asText, parseObject } from '../image/json-value.ts';
import { RegistryError } from './registry-error.ts';
import type { Session } from './session.ts';
import { readBody } from './transport.ts';

/** The largest page that ECR gives; others give what they like. */
const pageSize = 1000;
const pageLimit = 100;
/** A thousand tags of the greatest length are an eighth of that. */
const pageBytes = 1024 * 1024;
const pageMilliseconds = 20_000;
const longestQuery = 1024;

const tagPattern = /^\w[\w.-]{0,127}$/;

/**
 * The query of the next page (OCI distribution-spec, Listing Tags). Only the query: registries behind a proxy name paths
 * that lead nowhere, and no answer chooses whom we ask.
 */
function nextQuery(link: string | undefined): string | null {
  const [, target = ''] = /<([^>]*)>\s*;\s*rel="?next"?/.exec(link?.slice(0, 8 * longestQuery) ?? '') ?? [];
  const query = target.includes('?') ? target.slice(target.indexOf('?')) : '';
  return query === '' || query.length > longestQuery || /[^\x21-\x7e]/.test(query) ? null : query;
}

/** All tags of a session's repository. Throws a RegistryError where the registry does not list them, or far too many. */
export async function listTags(session: Session): Promise<readonly string[]> {
  const tags: string[] = [];
  const seen = new Set<string>();
  let query: string | null = `?n=${pageSize}`;
  while (query !== null && !seen.has(query)) {
    seen.add(query);
    if (seen.size > pageLimit) throw new RegistryError('has more tags than are read', 'ask whoever runs the registry');
    const response = await session.get(`tags/list${query}`, {}, pageMilliseconds);
    const bytes = await readBody(response, pageBytes, 'its list of tags');
    const answer = response.status === 200 ? parseObject(bytes) : null;
    if (answer === null)
      throw new RegistryError(`gives no list of tags (status ${response.status})`, 'run again later');
    tags.push(
      ...asList(answer['tags'])
        .flatMap((tag) => asText(tag) ?? [])
        .filter((tag) => tagPattern.test(tag)),
    );
    query = nextQuery(response.headers['link']);
  }
  return tags;
}
