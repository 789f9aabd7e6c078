import { err, ok, type Result } from 'neverthrow';
import type { DatabaseFault } from '../ports.js';
import type { RecordPlace, Walk } from './record-stream.js';

/** So many of our things at once. */
const BATCH = 500;

/** Our things of a period, from new to old, a page at a time. */
export interface RecordPages<Ours> {
  /** Null after the last one. */
  next(): Promise<Result<readonly Ours[] | null, DatabaseFault>>;
}

/** Walks by key, so that it costs the same wherever it has come to, with one page read ahead. */
export function openRecordPages<Ours extends { readonly place: RecordPlace }>(
  within: (walk: Walk) => Promise<Result<readonly Ours[], DatabaseFault>>,
  period: { readonly from: Date; readonly to: Date },
): RecordPages<Ours> {
  type Page = Promise<Result<readonly Ours[], DatabaseFault>>;
  const read = (before: RecordPlace | null): Page => {
    const page = within({ ...period, before, limit: BATCH });
    // Result ignored: whoever takes the page gets it; this only keeps a failure until then.
    page.catch(() => {});
    return page;
  };
  let ahead: Page | null = null;
  let isOver = false;
  return {
    next: async () => {
      if (isOver) return ok(null);
      const page = await (ahead ?? read(null));
      if (page.isErr()) return err(page.error);
      const last = page.value.at(-1);
      isOver = last === undefined || page.value.length < BATCH;
      ahead = last === undefined || isOver ? null : read(last.place);
      return ok(page.value);
    },
  };
}
