import { err, ok, type Result } from 'neverthrow';
import type { ListedMovement } from '../gateway/money-lists.js';
import type { Fault } from '../ports.js';
import type { Spot } from './second-look.js';
import type { Sides } from './sides.js';
import { olderPayments } from './suspects.js';

/** What came back of transfers and refunds that are older than the period, so that no list showed them. */
export async function movedAgain(
  sides: Sides,
  listed: readonly ListedMovement[],
  since: Date,
): Promise<Result<readonly Spot[], Fault>> {
  const transfers = listed.flatMap(({ stripeTransferId }) => stripeTransferId ?? []);
  const older = await olderTransfers(sides, [...new Set(transfers)], since);
  if (older.isErr()) return err(older.error);
  const intents = listed.flatMap(({ paymentIntentId }) => paymentIntentId ?? []);
  const payments = await olderPayments(sides, intents, since);
  return payments.map((ids) => [
    ...older.value.map((transfersOf) => ({ transfersOf })),
    ...ids.map((paymentId) => ({ paymentId })),
  ]);
}

async function olderTransfers(
  { records }: Sides,
  ids: readonly string[],
  since: Date,
): Promise<Result<readonly string[], Fault>> {
  if (ids.length === 0) return ok([]);
  const named = await records.transfersNamed(ids);
  return named.map((all) => all.filter(({ at }) => at < since).map(({ paymentId }) => paymentId));
}
