import { err, ok, type Result } from 'neverthrow';
import type { GatewayFault, Page } from '../gateway/gateway-answer.js';
import type { ListWanted } from '../gateway/money-lists.js';
import { patiently, type Sides } from './sides.js';

/** A page of one of Stripe's lists, the newest first. */
export interface ReadPage<Item> {
  readonly items: readonly Item[];
  /** How many more there were that can't be read. */
  readonly unreadable: number;
  /** Nothing older follows in the period. */
  readonly last: boolean;
  /** When Stripe was asked for it: what moved since then may look different by now. */
  readonly readAt: Date;
}

export interface Pages<Item> {
  /** Null after the last one. */
  next(): Promise<Result<ReadPage<Item> | null, GatewayFault>>;
}

/** Asks Stripe for a page of a list. */
export type ListCall<Item> = (wanted: ListWanted) => Promise<Result<Page<Item>, GatewayFault>>;

/** The list of a period, with one page asked for ahead while the last one is being looked at. */
export function openPages<Item>(
  sides: Sides,
  period: { readonly from: Date; readonly to: Date },
  list: ListCall<Item>,
): Pages<Item> {
  type Fetched = Result<{ readonly page: Page<Item>; readonly readAt: Date }, GatewayFault>;
  const fetch = async (after: string | null): Promise<Fetched> => {
    const readAt = sides.clock.now();
    const page = await patiently(sides, () => list({ ...period, after }));
    return page.map((value) => ({ page: value, readAt }));
  };
  let ahead: Promise<Fetched> | null = period.from < period.to ? fetch(null) : null;
  return {
    next: async () => {
      // Where nothing can be read, nobody knows how far the list has come by it.
      for (let passedOver = 0; ; ) {
        if (ahead === null) return ok(null);
        const fetched = await ahead;
        if (fetched.isErr()) return err(fetched.error);
        const { page, readAt } = fetched.value;
        ahead = page.next === null ? null : fetch(page.next);
        const unreadable = passedOver + page.unreadable;
        const last = page.next === null;
        if (last || page.items.length > 0)
          return ok({ items: page.items, unreadable, last, readAt });
        passedOver = unreadable;
      }
    },
  };
}
