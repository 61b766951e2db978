import type { BaseQuestion } from '../../domain/base-image.ts';
import { findNewerTags } from '../../domain/newer-tag.ts';
import type { BaseReleaseEvidence } from '../../domain/package-evidence.ts';
import { staysTheSame } from '../../domain/tag-shape.ts';
import type { Host } from '../../host/host.ts';
import { NetworkError } from '../../host/network.ts';
import { fetchDigest } from './manifest-tree.ts';
import { RegistryError } from './registry-error.ts';
import { openSession, type Session } from './session.ts';
import { listTags } from './tag-list.ts';
import { createTransport, type Transport } from './transport.ts';

/** What asking needs of the run. */
export interface AskingAccess {
  readonly host: Host;
  /** The checked folder, from which no credential helper is run. */
  readonly directory: string;
}

/** All questions together: a better sentence is worth no more. */
const patience = 20_000;
/** More base images than a build has. */
const mostQuestions = 20;

/**
 * Asks once and not for long. Who is asked stands in a Dockerfile, which may be anybody's: addresses that only this
 * machine's own network answers (cloud metadata) are not asked.
 */
function createHurriedTransport(host: Host): Transport {
  const end = host.clock.now() + patience;
  const transport = createTransport(host, () => {
    throw new RegistryError('is busy', 'run again later');
  });
  return {
    ...transport,
    send(request) {
      const left = Math.max(1, end - host.clock.now());
      const scopes = request.scopes.filter((scope) => scope !== 'link-local');
      return transport.send({ ...request, scopes, totalMilliseconds: Math.min(request.totalMilliseconds, left) });
    },
  };
}

/** Sessions and tag lists by repository: several FROM lines may name one. */
function createRegistries({ host, directory }: AskingAccess) {
  const transport = createHurriedTransport(host);
  const sessions = new Map<string, Promise<Session>>();
  const lists = new Map<string, Promise<readonly string[]>>();
  const sessionOf = ({ reference }: BaseQuestion): Promise<Session> => {
    const key = `${reference.registry}/${reference.repository}`;
    const known = sessions.get(key) ?? openSession({ reference, transport, host, directory });
    sessions.set(key, known);
    return known;
  };
  const tagsOf = (question: BaseQuestion): Promise<readonly string[]> => {
    const key = `${question.reference.registry}/${question.reference.repository}`;
    const known = lists.get(key) ?? sessionOf(question).then(listTags);
    lists.set(key, known);
    return known;
  };
  return { sessionOf, tagsOf };
}

type Registries = ReturnType<typeof createRegistries>;

async function adviseTag(question: BaseQuestion, { tagsOf }: Registries): Promise<string | null> {
  const { reference, isEnded } = question;
  const isFloating = !staysTheSame({ ...reference, digest: null });
  if (isFloating && !isEnded) return null;
  const { newest, next } = findNewerTags(reference, await tagsOf(question));
  return isEnded ? next : newest;
}

/** What FROM should name. Null where the registry has nothing newer. */
async function answer(question: BaseQuestion, registries: Registries): Promise<string | null> {
  const { reference, asksDigest, isEnded } = question;
  const newer = await adviseTag(question, registries);
  const tag = newer ?? (isEnded ? null : reference.tag);
  if (tag === null) return null;
  const isNamed = newer !== null;
  if (!asksDigest) return isNamed ? `${reference.name}:${tag}` : null;
  const digest = await fetchDigest(await registries.sessionOf(question), tag);
  if (digest === null || (!isNamed && (reference.digest === null || digest === reference.digest))) return null;
  return `${reference.name}:${tag}@${digest}`;
}

/**
 * Asks the registries of base images for newer ones. What they do not answer stays unsaid: it is advice, and nothing of
 * the check depends on it.
 */
export async function askForNewerBases(
  questions: readonly BaseQuestion[],
  access: AskingAccess,
): Promise<readonly BaseReleaseEvidence[]> {
  const registries = createRegistries(access);
  const found = questions.slice(0, mostQuestions).map(async (question): Promise<readonly BaseReleaseEvidence[]> => {
    const { path, line } = question;
    try {
      return [{ kind: 'base-release', path, line, advised: await answer(question, registries) }];
    } catch (error) {
      if (error instanceof RegistryError || error instanceof NetworkError) return [];
      throw error;
    }
  });
  return (await Promise.all(found)).flat();
}
