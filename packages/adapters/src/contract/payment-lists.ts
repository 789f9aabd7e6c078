import {
  ANY_PAYMENT,
  type Issue,
  type PaymentFilter,
  type PaymentPlace,
  type Slice,
  STATUSES,
} from '@campusg-pay/core';
import { err, ok } from 'neverthrow';
import { z } from 'zod';
import { listCursorOf, listPlaceOf } from './list-cursor.js';
import { type Parameters, readQueryParameters } from './query-parameters.js';
import { issuesOf, pathId, type Read } from './schemas.js';

/** How many payments a list tells at once. */
export const LIST_LIMIT = { least: 1, most: 100, usual: 20 } as const;

export const LIST_PARAMETERS = [
  'status',
  'customer',
  'runner',
  'order',
  'from',
  'to',
  'limit',
  'cursor',
] as const;

export const USER_LIST_PARAMETERS = ['role', 'limit', 'cursor'] as const;

/** What a user is to a payment. */
export const ROLES = ['customer', 'runner'] as const;

/** A part of a list, and how its places are named for callers. */
interface ReadList {
  readonly slice: Slice<PaymentPlace>;
  readonly cursorOf: (place: PaymentPlace) => string;
}

/** Reads which payments are asked for: the query string, without its `?`. */
export function readPaymentList(
  search: string,
): Read<ReadList & { readonly filter: PaymentFilter }> {
  const given = readQueryParameters(search, LIST_PARAMETERS);
  if (given.isErr()) return err(given.error);
  const { value } = given;
  const filter = readFilter(value);
  const { status, customer, runner, order } = value;
  const times = filter.map(({ createdFrom, createdBefore }) => [createdFrom, createdBefore]);
  const list = [status, customer, runner, order, times.unwrapOr([])];
  const part = readPart(value, ['payments', ...list]);
  if (filter.isErr() || part.isErr()) return err([filter, part].flatMap(issuesOf));
  return ok({ filter: filter.value, ...part.value });
}

/** Reads which payments of a user are asked for. Role null: both. */
export function readUserList(
  userId: string,
  search: string,
): Read<ReadList & { readonly role: (typeof ROLES)[number] | null }> {
  const given = readQueryParameters(search, USER_LIST_PARAMETERS);
  if (given.isErr()) return err(given.error);
  const { role } = given.value;
  const chosen = ROLES.find((one) => one === role) ?? null;
  const part = readPart(given.value, ['user', userId, chosen]);
  const issues: Issue[] =
    role !== undefined && chosen === null
      ? [{ field: 'role', rule: `must be ${ROLES.join(' or ')}` }]
      : [];
  if (part.isErr() || issues.length > 0) return err([...issues, ...issuesOf(part)]);
  return ok({ role: chosen, ...part.value });
}

/** Reads a query string that must be empty. */
export function readNoParameters(search: string): Read<void> {
  const names = search.split('&').filter((part) => part !== '');
  if (names.length === 0) return ok();
  return readQueryParameters(search, []).map(() => undefined);
}

const ID_RULE = 'must be 1 to 200 printable characters';
const STATUS_RULE = `must be one of ${STATUSES.join(', ')}`;
const TIME_RULE =
  'must be a time in ISO 8601 with its offset, such as 2026-11-26T13:00:00Z (write a + as %2B)';

function readFilter(given: Parameters<(typeof LIST_PARAMETERS)[number]>): Read<PaymentFilter> {
  const issues: Issue[] = [];
  const id = (field: 'customer' | 'runner' | 'order') => {
    const value = given[field];
    if (value !== undefined && !pathId.safeParse(value).success)
      issues.push({ field, rule: ID_RULE });
    return value ?? null;
  };
  const time = (field: 'from' | 'to') => {
    const value = given[field];
    const read = value === undefined ? null : readTime(value);
    if (value !== undefined && read === null) issues.push({ field, rule: TIME_RULE });
    return read;
  };
  const status = STATUSES.find((one) => one === given.status);
  if (given.status !== undefined && status === undefined)
    issues.push({ field: 'status', rule: STATUS_RULE });
  const filter: PaymentFilter = {
    ...ANY_PAYMENT,
    statuses: status === undefined ? [] : [status],
    customerId: id('customer'),
    runnerId: id('runner'),
    orderId: id('order'),
    createdFrom: time('from'),
    createdBefore: time('to'),
  };
  const { createdFrom, createdBefore } = filter;
  if (createdFrom !== null && createdBefore !== null && createdFrom >= createdBefore)
    issues.push({ field: 'to', rule: 'must be later than from: nothing can be in between' });
  return issues.length > 0 ? err(issues) : ok(filter);
}

const isoTime = z.iso.datetime({ offset: true });

function readTime(text: string): Date | null {
  const time = new Date(text);
  return isoTime.safeParse(text).success && !Number.isNaN(time.getTime()) ? time : null;
}

const LIMIT_RULE = `must be a whole number from ${LIST_LIMIT.least} to ${LIST_LIMIT.most}`;
const CURSOR_RULE =
  'must be the nextCursor of this very list: every parameter but limit as it was for that page';

function readPart(
  { limit, cursor }: Parameters<'limit' | 'cursor'>,
  list: readonly unknown[],
): Read<ReadList> {
  const most = limit === undefined ? LIST_LIMIT.usual : readLimit(limit);
  const after = cursor === undefined ? null : listPlaceOf(cursor, list);
  const issues: Issue[] = [
    ...(most === null ? [{ field: 'limit', rule: LIMIT_RULE }] : []),
    ...(cursor !== undefined && after === null ? [{ field: 'cursor', rule: CURSOR_RULE }] : []),
  ];
  if (most === null || issues.length > 0) return err(issues);
  return ok({ slice: { after, limit: most }, cursorOf: (place) => listCursorOf(place, list) });
}

function readLimit(text: string): number | null {
  const limit = /^[1-9]\d{0,2}$/.test(text) ? Number(text) : 0;
  return limit >= LIST_LIMIT.least && limit <= LIST_LIMIT.most ? limit : null;
}
