import { err, ok } from 'neverthrow';
import { missing } from '../../model/failure.js';
import type { World } from '../../state/world.js';
import { showing } from '../answer.js';
import { listing, readList } from '../list-query.js';
import type { Reader } from '../reader.js';
import { found, type Route, route } from '../route.js';

const LISTED_SECONDS = 30 * 86_400;

function readTypes(params: Reader): readonly string[] {
  const one = params.text('type');
  const many = params.list('types');
  if (one !== undefined && many !== undefined) {
    params.refuse('You may only specify one of these parameters: type, types.', 'types');
  }
  if ((many?.length ?? 0) > 20) params.refuse('You may pass up to 20 types.', 'types');
  return many ?? (one === undefined ? [] : [one]);
}

/** Whether a type is among those asked for; `charge.*` stands for all of a kind, `*` for all. */
function wanted(types: readonly string[], type: string): boolean {
  if (types.length === 0) return true;
  return types.some((each) =>
    each.endsWith('*') ? type.startsWith(each.slice(0, -1)) : each === type,
  );
}

function oldest(world: World): number {
  return world.clock.seconds() - LISTED_SECONDS;
}

export const eventRoutes: readonly Route[] = [
  route('GET', '/v1/events', {
    answers: { listOf: 'event' },
    read: (params) => {
      const delivered = params.boolean('delivery_success');
      return { list: readList(params), types: readTypes(params), delivered };
    },
    run: (world, { list, types, delivered }) =>
      listing(world, 'event', {
        // Stripe forgets events after 30 days.
        params: { ...list, from: Math.max(list.from, oldest(world)) },
        url: '/v1/events',
        keep: (event) =>
          wanted(types, event.type) &&
          (delivered === undefined || delivered === !world.store.due.has(event.id)),
      }),
  }),
  route('GET', '/v1/events/:event', {
    answers: 'event',
    read: () => ({}),
    run: (world, _params, { event: id }) =>
      found(world, 'event', { id, param: 'id' }).andThen((event) =>
        event.created >= oldest(world)
          ? ok(showing('event', event))
          : err(missing('event', { id: event.id, param: 'id', status: 404 })),
      ),
  }),
];
