import { type DatabaseFault, readListed, type Slice } from '@campusg-pay/core';
import { err, ok, type Result } from 'neverthrow';
import { isRead } from '../../terminal/output.js';

const PAGE = 500;

/** What was read of a list, and whether there is more of it. */
export interface ReadList<Item> {
  readonly items: readonly Item[];
  readonly more: boolean;
}

/** Page by page, so that long lists are neither one long statement nor all in memory before output. */
export async function readPages<Item extends Place, Place>(
  list: (slice: Slice<Place>) => Promise<Result<readonly Item[], DatabaseFault>>,
  wanted: Slice<Place>,
  onPage: (page: readonly Item[]) => Promise<void>,
): Promise<Result<ReadList<Item>, DatabaseFault>> {
  const items: Item[] = [];
  let { after } = wanted;
  while (isRead()) {
    const limit = Math.min(PAGE, wanted.limit - items.length);
    const found = await readListed(list, { after, limit });
    if (found.isErr()) return err(found.error);
    const page = found.value;
    await onPage(page.items);
    items.push(...page.items);
    if (page.next === null || items.length >= wanted.limit)
      return ok({ items, more: page.next !== null });
    after = page.next;
  }
  return ok({ items, more: false });
}
