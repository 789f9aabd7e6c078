import type { Issue, ReleaseCommand, RevertCommand, StatedMoney } from '@campusg-pay/core';
import { err, ok } from 'neverthrow';
import type { z } from 'zod';
import { type HonouredFields, moneySaid } from './money-fields.js';
import {
  releaseBody,
  releasePayload,
  revertBody,
  revertPayload,
  runnerBody,
} from './movement-bodies.js';
import { issuesOf, type Read, read } from './schemas.js';

/** What a release asks for; what was not given is left out. */
export type ReleaseTerms = Omit<ReleaseCommand, 'payment' | 'correlationId'>;

/** What a revert asks for; what was not given is left out. */
export type RevertTerms = Omit<RevertCommand, 'payment' | 'correlationId'>;

/** Reads the body of a release. */
export function readRelease(body: unknown): Read<ReleaseTerms> {
  return readWithMoney(releaseBody, body, RELEASE).map(
    ({ terms: { runnerId, runnerStripeAccount, amount, tip, platformFee }, stated }) => ({
      runnerId,
      ...given({
        stated,
        amountMinor: amount,
        tipMinor: tip,
        platformFeeMinor: platformFee,
        stripeAccount: runnerStripeAccount,
      }),
    }),
  );
}

const RELEASE: HonouredFields = {
  amount: 'amount',
  others: ['tip', 'platformFee'],
  account: 'runnerStripeAccount',
};

/** Reads the body of a revert. */
export function readRevert(body: unknown): Read<RevertTerms> {
  return readWithMoney(revertBody, body, REVERT).map(
    ({ terms: { reason, amount, refundId }, stated }) => ({
      reason,
      ...given({ stated, amountMinor: amount, refundId }),
    }),
  );
}

const REVERT: HonouredFields = { amount: 'amount', others: ['refundId'] };

/** Reads the payload of a release by message, which names the payment. */
export function readReleasePayload(
  payload: unknown,
): Read<{ readonly paymentId: string; readonly terms: ReleaseTerms }> {
  return readWithMoney(releasePayload, payload, RELEASE_PAYLOAD).map(({ terms, stated }) => ({
    paymentId: terms.payment_id,
    terms: {
      runnerId: terms.runner_id,
      ...given({
        stated,
        amountMinor: terms.amount,
        tipMinor: terms.tip,
        platformFeeMinor: terms.platform_fee,
        stripeAccount: terms.runner_connect_account_id,
      }),
    },
  }));
}

const RELEASE_PAYLOAD: HonouredFields = {
  amount: 'amount',
  others: ['tip', 'platform_fee'],
  account: 'runner_connect_account_id',
};

/** Reads the payload of a revert by message, which names the payment. */
export function readRevertPayload(
  payload: unknown,
): Read<{ readonly paymentId: string; readonly terms: RevertTerms }> {
  return readWithMoney(revertPayload, payload, REVERT_PAYLOAD).map(({ terms, stated }) => ({
    paymentId: terms.payment_id,
    terms: {
      reason: terms.reason,
      ...given({ stated, amountMinor: terms.amount, refundId: terms.refund_id }),
    },
  }));
}

const REVERT_PAYLOAD: HonouredFields = { amount: 'amount', others: ['refund_id'] };

/**
 * The same revert with a name for its part, made of what the request itself is known by. One that has a
 * name keeps it; all that is left needs none.
 */
export function namedRefund(terms: RevertTerms, refundId: string): RevertTerms {
  return terms.amountMinor === undefined || terms.refundId !== undefined
    ? terms
    : { ...terms, refundId };
}

/** Reads where a runner's money goes. */
export function readRunner(body: unknown): Read<{ readonly stripeAccount: string | null }> {
  return readWithMoney(runnerBody, body, { account: 'stripeAccount' }).andThen(
    ({ terms, stated }) =>
      stated === null ? ok(terms) : err(stated.map(({ field }) => ({ field, rule: NO_AMOUNT }))),
  );
}

const NO_AMOUNT = 'must be left out: nothing is paid here';

/** Reads a body by its schema, and every other field of it that speaks of money. */
function readWithMoney<Schema extends z.ZodObject>(
  schema: Schema,
  body: unknown,
  honoured: HonouredFields,
): Read<{ readonly terms: z.output<Schema>; readonly stated: readonly StatedMoney[] | null }> {
  const terms = read(schema, body);
  const { stated, issues } = moneySaid(body, honoured);
  if (terms.isErr() || issues.length > 0) return err([...issuesOf(terms), ...issues]);
  return ok({ terms: terms.value, stated: stated.length === 0 ? null : stated });
}

/** What was given of some fields, so that a command without them reads as it always did. */
function given<Fields extends object>(
  fields: Fields,
): { [Name in keyof Fields]?: NonNullable<Fields[Name]> } {
  const some = Object.entries(fields).filter(([, value]) => value !== null);
  return Object.fromEntries(some) as { [Name in keyof Fields]?: NonNullable<Fields[Name]> };
}

/** Money that is named where nobody reads it: in the query string of a command. */
export function readQuery(query: unknown): Read<void> {
  const { stated, issues } = moneySaid(query);
  const fields = [...stated, ...issues].map(({ field }) => field);
  if (fields.length === 0) return ok();
  return err(fields.map((field): Issue => ({ field, rule: 'must not stand in the query string' })));
}
