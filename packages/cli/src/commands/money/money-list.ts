import type { ReadSide } from '@campusg-pay/adapters';
import type { DatabaseFault, Slice } from '@campusg-pay/core';
import type { Result } from 'neverthrow';
import type { z } from 'zod';
import { EXIT } from '../../terminal/exit-codes.js';
import { print, printJsonLine, tell, terminalWidth } from '../../terminal/output.js';
import { type Column, table } from '../../terminal/table.js';
import { placeIn } from '../../wording/money-list-documents.js';
import { fail, wrongUsage } from '../endings.js';
import { withReadSide } from '../session.js';
import { readPages } from '../views/list-pages.js';

/** How much of a list is shown, and how. */
export interface MoneyListOptions {
  /**
   * Most at once, from 1 to 100000.
   *
   * @default 20
   */
  readonly limit: number;
  /** Goes on behind this one, as the list before has named it. */
  readonly after?: string;
  /** For machines. */
  readonly json?: true;
}

interface MoneyList<Item extends Place, Place> {
  /** What is wrong with the options; null: nothing. */
  readonly problem: string | null;
  readonly place: z.ZodType<Place>;
  readonly read: (
    readSide: ReadSide,
    slice: Slice<Place>,
  ) => Promise<Result<readonly Item[], DatabaseFault>>;
  readonly document: (item: Item) => { readonly cursor: string };
  readonly columns: readonly Column<Item>[];
  /** What is said where nothing is found. */
  readonly none: string;
}

/** Shows a list as a table, or as JSON, one document a line. */
export async function showMoneyList<Item extends Place, Place>(
  list: MoneyList<Item, Place>,
  options: MoneyListOptions,
): Promise<number> {
  const after = options.after === undefined ? null : placeIn(list.place, options.after);
  if (list.problem !== null) return wrongUsage(list.problem);
  if (options.after !== undefined && after === null)
    return wrongUsage('--after must be a cursor that an earlier list has shown.');
  return withReadSide(async (readSide) => {
    const { document, columns } = list;
    const wanted = { after, limit: options.limit };
    const read = (slice: Slice<Place>) => list.read(readSide, slice);
    const found = await readPages(read, wanted, async (page) => {
      if (options.json) for (const item of page) await printJsonLine(document(item));
    });
    if (found.isErr()) return fail(found.error);
    const { items, more } = found.value;
    if (!options.json && items.length > 0) await print(table(columns, items, terminalWidth()));
    const last = items.at(-1);
    if (last === undefined) tell(list.none);
    else if (more) tell(`There are more: add --after ${document(last).cursor}`);
    return EXIT.ok;
  });
}
