import type { Stored } from './stored.js';

/** Bounds on `created` (unix seconds, inclusive). */
export interface Window {
  readonly from: number;
  readonly to: number;
}

export interface PageQuery<R> {
  readonly window: Window;
  readonly limit: number;
  /** Look only at members whose indexed key has this value. */
  readonly by?: { readonly index: string; readonly value: string } | undefined;
  readonly after?: R | undefined;
  readonly before?: R | undefined;
  readonly keep?: ((record: R) => boolean) | undefined;
}

export interface Page<R> {
  readonly data: readonly R[];
  readonly hasMore: boolean;
}

type Keys<R> = Readonly<Record<string, (record: R) => string | null>>;

/**
 * Records of one kind in the order of their creation, found by id and by a few foreign keys.
 * A page costs a binary search and its own length, however many records there are.
 */
export class Collection<R extends Stored> {
  readonly #byId = new Map<string, R>();
  readonly #order: string[] = [];
  readonly #indexes = new Map<string, Map<string, string[]>>();
  readonly #keys: Keys<R>;

  constructor(keys: Keys<R>) {
    this.#keys = keys;
    for (const name of Object.keys(keys)) this.#indexes.set(name, new Map());
  }

  get size(): number {
    return this.#byId.size;
  }

  get(id: string): R | undefined {
    return this.#byId.get(id);
  }

  /** All records, oldest first. */
  *values(): Generator<R> {
    for (const id of this.#order) {
      const record = this.#byId.get(id);
      if (record !== undefined) yield record;
    }
  }

  /** The members whose indexed key has this value, oldest first. */
  withKey(index: string, value: string): R[] {
    const key = this.#keys[index];
    const found: R[] = [];
    for (const id of this.#indexes.get(index)?.get(value) ?? []) {
      const record = this.#byId.get(id);
      // A key may have changed since (a card was detached): the list keeps the id, we look again.
      if (record !== undefined && key?.(record) === value) found.push(record);
    }
    return found;
  }

  /** The position that a new record gets. */
  get nextSeq(): number {
    return this.#order.length;
  }

  /** Adds a record, or replaces its former version. */
  put(record: R): void {
    const former = this.#byId.get(record.id);
    this.#byId.set(record.id, record);
    if (former === undefined) this.#order.push(record.id);
    for (const [name, key] of Object.entries(this.#keys)) {
      const value = key(record);
      if (value === null || (former !== undefined && key(former) === value)) continue;
      this.#index(name, value, record);
    }
  }

  /** One page, newest first. */
  page(query: PageQuery<R>): Page<R> {
    const ids = query.by === undefined ? this.#order : this.#list(query.by.index, query.by.value);
    let low = this.#firstAt(ids, (r) => r.created >= query.window.from);
    let high = this.#firstAt(ids, (r) => r.created > query.window.to);
    const { after, before } = query;
    if (after !== undefined)
      high = Math.min(
        high,
        this.#firstAt(ids, (r) => r.seq >= after.seq),
      );
    if (before !== undefined)
      low = Math.max(
        low,
        this.#firstAt(ids, (r) => r.seq > before.seq),
      );
    const upwards = before !== undefined;
    const data: R[] = [];
    let at = upwards ? low : high - 1;
    for (; at >= low && at < high && data.length <= query.limit; at += upwards ? 1 : -1) {
      const record = this.#byId.get(ids[at] ?? '');
      if (record !== undefined && this.#fits(record, query)) data.push(record);
    }
    const hasMore = data.length > query.limit;
    if (hasMore) data.pop();
    return { data: upwards ? data.reverse() : data, hasMore };
  }

  #fits(record: R, query: PageQuery<R>): boolean {
    if (query.by !== undefined && this.#keys[query.by.index]?.(record) !== query.by.value) {
      return false;
    }
    return query.keep === undefined || query.keep(record);
  }

  #list(index: string, value: string): readonly string[] {
    return this.#indexes.get(index)?.get(value) ?? [];
  }

  #index(name: string, value: string, record: R): void {
    const lists = this.#indexes.get(name);
    const list = lists?.get(value);
    if (list === undefined) {
      lists?.set(value, [record.id]);
      return;
    }
    const at = this.#firstAt(list, (r) => r.seq >= record.seq);
    if (list[at] !== record.id) list.splice(at, 0, record.id);
  }

  /** Index of the first id whose record passes; `created` and `seq` only grow along a list. */
  #firstAt(ids: readonly string[], passes: (record: R) => boolean): number {
    let low = 0;
    let high = ids.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const record = this.#byId.get(ids[middle] ?? '');
      if (record !== undefined && passes(record)) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
