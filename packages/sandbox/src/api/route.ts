import { err, ok, type Result } from 'neverthrow';
import { type Failure, missing } from '../model/failure.js';
import type { Kind, Records } from '../state/records.js';
import type { World } from '../state/world.js';
import type { RouteAnswer } from './answer.js';
import { checkExpand } from './expansion.js';
import type { ParamTree } from './form.js';
import { Reader } from './reader.js';

/** The parts of the path that a route names with a colon. */
export type PathIds = Readonly<Record<string, string>>;

/** A request whose parameters are sound: nothing was executed yet. */
export interface Prepared {
  readonly expand: readonly string[];
  readonly execute: (world: World) => Result<RouteAnswer, Failure>;
}

export interface Route {
  readonly method: 'DELETE' | 'GET' | 'POST';
  readonly path: string;
  /** A publishable key may call it, given the intent's `client_secret`. */
  readonly publishable: boolean;
  /** It can be asked for a connected account (`Stripe-Account`). */
  readonly connected: boolean;
  readonly prepare: (params: ParamTree, ids: PathIds) => Result<Prepared, Failure>;
}

interface Definition<P> {
  readonly publishable?: true;
  readonly connected?: true;
  /** What it answers with, for `expand`; leave out when nothing can be expanded. */
  readonly answers?: Kind | { readonly listOf: Kind };
  /** Reads every parameter the route knows. A problem is answered before anything is executed. */
  readonly read: (params: Reader) => P;
  readonly run: (world: World, params: P, ids: PathIds) => Result<RouteAnswer, Failure>;
}

function expandOf(reader: Reader, answers: Definition<unknown>['answers']) {
  const given = reader.list('expand') ?? [];
  if (answers === undefined || typeof answers === 'string') {
    const failure = answers === undefined ? undefined : checkExpand(answers, given);
    return { expand: given, failure };
  }
  // In a list every path starts at `data`.
  const inside = given.map((path) => (path.startsWith('data.') ? path.slice(5) : `?${path}`));
  return { expand: inside, failure: checkExpand(answers.listOf, inside) };
}

/** Makes a route; the parameters' type stays between `read` and `run`. */
export function route<P>(method: Route['method'], path: string, definition: Definition<P>): Route {
  return {
    method,
    path,
    publishable: definition.publishable === true,
    connected: definition.connected === true,
    prepare: (tree, ids) => {
      const reader = new Reader(tree);
      const params = definition.read(reader);
      const { expand, failure } = expandOf(reader, definition.answers);
      const checked = reader.finish(params);
      if (checked.isErr()) return err(checked.error);
      if (failure !== undefined) return err(failure);
      return checked.map((value) => ({
        expand,
        execute: (world) => definition.run(world, value, ids),
      }));
    },
  };
}

/** Finds what the path names, or 404. */
export function found<K extends Kind>(
  world: World,
  kind: K,
  { id, param }: { id: string | undefined; param: string },
): Result<Records[K], Failure> {
  const record = world.store.get(kind, id ?? '');
  if (record !== undefined) return ok(record);
  return err(missing(kind, { id: id ?? '', param, status: 404 }));
}
