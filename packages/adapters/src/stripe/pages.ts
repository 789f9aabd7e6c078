import { z } from 'zod';
import type { CallName } from './endpoints.js';
import type { Going } from './exchange.js';
import { UnreadableReply } from './sdk-errors.js';
import { listPage, objectId, readAs, tryRead } from './shapes.js';

export type ListPage = z.output<typeof listPage>;

/** A page of a list; what is in it is still to be read. Inside of a call only: it may throw. */
export function readPage(answer: unknown): ListPage {
  return readAs(listPage, answer);
}

export function startingAfter(id: string | null): { readonly starting_after?: string } {
  return id === null ? {} : { starting_after: id };
}

const withId = z.object({ id: objectId });

/**
 * The last item that has an id: the next page begins behind it. A list that says that it goes on,
 * and does not, would be read for ever.
 */
export function nextOf({ data, has_more: hasMore }: ListPage, after: string | null): string | null {
  if (!hasMore) return null;
  const last = data
    .flatMap((item) =>
      tryRead(withId, item)
        .map(({ id }) => id)
        .unwrapOr([]),
    )
    .at(-1);
  if (last === undefined || last === after) throw new UnreadableReply('the list does not go on');
  return last;
}

/**
 * The first listed item that is the wanted one, as it came; null where there is none. Where an item
 * can't be read nobody can say that: it may be the one.
 */
export async function findListed<Shape extends z.ZodType>(search: {
  readonly page: (after: { readonly starting_after?: string }) => Promise<unknown>;
  /** What tells which one it is. */
  readonly shape: Shape;
  readonly isWanted: (item: z.output<Shape>) => boolean;
  /** Which call it is, for the turns of all pages but the first. */
  readonly call: CallName;
  readonly going: Going;
}): Promise<unknown> {
  const { call, going } = search;
  let odd = false;
  for (let after: string | null = null; !going.isOver(); ) {
    if (after !== null) await going.next(call);
    const list: ListPage = readPage(await search.page(startingAfter(after)));
    for (const item of list.data) {
      const named = tryRead(search.shape, item);
      if (named.isOk() && search.isWanted(named.value)) return item;
      odd ||= named.isErr();
    }
    after = nextOf(list, after);
    if (after === null) break;
  }
  if (odd) throw new UnreadableReply('something in the list');
  return null;
}

/** All items of a list, read one by one. Inside of a call only: it throws at one that can't be read. */
export async function readAll<Shape extends z.ZodType>(list: {
  readonly page: (after: { readonly starting_after?: string }) => Promise<unknown>;
  readonly shape: Shape;
  readonly call: CallName;
  readonly going: Going;
}): Promise<z.output<Shape>[]> {
  const { call, going } = list;
  const all: z.output<Shape>[] = [];
  let after: string | null = null;
  do {
    if (after !== null) await going.next(call);
    const page: ListPage = readPage(await list.page(startingAfter(after)));
    all.push(...page.data.map((item) => readAs(list.shape, item)));
    after = nextOf(page, after);
  } while (after !== null && !going.isOver());
  return all;
}
