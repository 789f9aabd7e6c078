import { err, ok, type Result } from 'neverthrow';
import { type Failure, missing } from '../model/failure.js';
import type { Kind, Records, Subject } from '../state/records.js';
import type { World } from '../state/world.js';
import type { RouteAnswer } from './answer.js';
import type { Reader } from './reader.js';

/** Common parameters of every list. */
export interface ListParams {
  readonly limit: number;
  readonly after: string | undefined;
  readonly before: string | undefined;
  /** Bounds on `created`, unix seconds, inclusive. */
  readonly from: number;
  readonly to: number;
}

/** Reads `limit`, `starting_after`, `ending_before` and `created` (exact, or gt, gte, lt, lte). */
export function readList(params: Reader): ListParams {
  const limit = params.integer('limit', { min: 1, max: 100 }) ?? 10;
  const after = params.text('starting_after');
  const before = params.text('ending_before');
  if (after !== undefined && before !== undefined) {
    const message = 'You cannot parameterize both starting_after and ending_before.';
    params.refuse(message, 'starting_after');
  }
  return { limit, after, before, ...readCreated(params) };
}

function readCreated(params: Reader): { from: number; to: number } {
  if (params.isScalar('created')) {
    const exact = params.integer('created') ?? 0;
    return { from: exact, to: exact };
  }
  const created = params.inside('created');
  const gt = created.integer('gt');
  const gte = created.integer('gte');
  const lt = created.integer('lt');
  const lte = created.integer('lte');
  const last = Number.MAX_SAFE_INTEGER;
  return {
    from: Math.max(gte ?? 0, gt === undefined ? 0 : gt + 1),
    to: Math.min(lte ?? last, lt === undefined ? last : lt - 1),
  };
}

interface ListOptions<R> {
  readonly url: string;
  readonly by?: { readonly index: string; readonly value: string } | undefined;
  readonly keep?: ((record: R) => boolean) | undefined;
}

/** One page of a collection, newest first, as Stripe lists. */
export function listing<K extends Kind>(
  world: World,
  kind: K,
  { params, url, by, keep }: ListOptions<Records[K]> & { params: ListParams },
): Result<RouteAnswer, Failure> {
  const cursors = { after: params.after, before: params.before };
  for (const [name, id] of Object.entries(cursors)) {
    if (id === undefined || world.store.get(kind, id) !== undefined) continue;
    const param = name === 'after' ? 'starting_after' : 'ending_before';
    return err(missing(kind, { id, param, status: 400 }));
  }
  const { data, hasMore } = world.store.tables[kind].page({
    window: { from: params.from, to: params.to },
    limit: params.limit,
    after: world.store.get(kind, params.after ?? ''),
    before: world.store.get(kind, params.before ?? ''),
    by,
    keep,
  });
  const subjects = data.map((record) => ({ kind, record }) as Subject);
  return ok({ type: 'list', url, data: subjects, hasMore });
}
