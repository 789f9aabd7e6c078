import type {
  RecordedDebt,
  RefundEntry,
  RefundPlace,
  RunnerEntry,
  RunnerPlace,
  TransferEntry,
  TransferPlace,
} from '@campusg-pay/core';
import { z } from 'zod';
import { AMOUNT, MONEY_WAY, REFUND_PART, TIME, TRANSFER_PART } from './document-parts.js';
import { PAYMENT } from './documents.js';
import { moneyDocument, refundPart, transferPart } from './money-document.js';

// What the lists of money print with --json, and how their places are named.

const OF_PAYMENT = { paymentId: z.string(), orderId: z.string() } as const;
/** Names its place: `--after` goes on behind it. */
const CURSOR = { cursor: z.string() } as const;

/** A transfer, as `transfers list --json` prints one a line. */
export const TRANSFER = TRANSFER_PART.extend({
  ...OF_PAYMENT,
  tries: z.int().nonnegative(),
  createdAt: TIME,
  updatedAt: TIME,
  ...CURSOR,
});

/** `transfers show --json`. */
export const SHOWN_TRANSFER = z.object({
  transfer: TRANSFER_PART,
  payment: PAYMENT,
  money: MONEY_WAY,
});

/** A refund, as `refunds list --json` prints one a line. */
export const REFUND = REFUND_PART.extend({ ...OF_PAYMENT, ...CURSOR });

/** A runner, as `runners list --json` prints one a line. */
export const RUNNER = z.object({
  runnerId: z.string(),
  stripeAccount: z.string().nullable(),
  /** As Stripe told last; null: nobody has asked. */
  transfersEnabled: z.boolean().nullable(),
  accountReason: z.string().nullable(),
  debts: z.array(AMOUNT),
  /** To be sent to them, and not sent yet. */
  waiting: z.array(AMOUNT),
  ...CURSOR,
});

/** `runners show --json`. */
export const SHOWN_RUNNER = z.object({
  runner: RUNNER,
  /** Sent to them, and not come back. */
  transferred: z.array(AMOUNT),
  debts: z.array(
    z.object({
      debtId: z.string(),
      ...OF_PAYMENT,
      amount: AMOUNT,
      left: AMOUNT,
      createdAt: TIME,
      /** Which transfer has paid how much of it. */
      nettings: z.array(z.object({ paymentId: z.string(), amount: AMOUNT, at: TIME })),
    }),
  ),
});

/** `runners set-account --json`. */
export const ACCOUNT_SET = z.object({
  outcome: z.enum(['done', 'before']),
  runnerId: z.string(),
  stripeAccount: z.string().nullable(),
});

export type TransferDocument = z.infer<typeof TRANSFER>;
export type ShownTransferDocument = z.infer<typeof SHOWN_TRANSFER>;
export type RefundDocument = z.infer<typeof REFUND>;
export type RunnerDocument = z.infer<typeof RUNNER>;
export type ShownRunnerDocument = z.infer<typeof SHOWN_RUNNER>;
export type AccountSetDocument = z.infer<typeof ACCOUNT_SET>;

const id = z.string().min(1);
const placeTime = z.iso.datetime().transform((text) => new Date(text));
export const TRANSFER_PLACE: z.ZodType<TransferPlace> = z.object({
  createdAt: placeTime,
  paymentId: id,
});
export const REFUND_PLACE: z.ZodType<RefundPlace> = z.object({
  createdAt: placeTime,
  paymentId: id,
  refundId: id,
});
export const RUNNER_PLACE: z.ZodType<RunnerPlace> = z.object({ runnerId: id });

/** The place that a cursor names; null where it is none of such a list. */
export function placeIn<Place>(schema: z.ZodType<Place>, cursor: string): Place | null {
  try {
    const read = schema.safeParse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
    return read.success ? read.data : null;
  } catch {
    return null;
  }
}

function cursorAt(place: object): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}

export function transferDocument(listed: TransferEntry): TransferDocument {
  const { paymentId, orderId, currency, transfer, createdAt, updatedAt } = listed;
  return {
    ...transferPart(transfer, currency),
    paymentId,
    orderId,
    tries: transfer.tries,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
    cursor: cursorAt({ createdAt, paymentId }),
  };
}

export function refundDocument(listed: RefundEntry): RefundDocument {
  const { paymentId, orderId, currency, refund, refundId, createdAt } = listed;
  const cursor = cursorAt({ createdAt, paymentId, refundId });
  return { ...refundPart(refund, currency), paymentId, orderId, cursor };
}

export function runnerDocument(runner: RunnerEntry): RunnerDocument {
  const { runnerId, stripeAccount, transfersEnabled, accountReason, debts, waiting } = runner;
  return {
    runnerId,
    stripeAccount,
    transfersEnabled,
    accountReason,
    debts: debts.map(moneyDocument),
    waiting: waiting.map(moneyDocument),
    cursor: cursorAt({ runnerId }),
  };
}

export function debtDocument(debt: RecordedDebt): ShownRunnerDocument['debts'][number] {
  const { debtId, paymentId, orderId, currency, amountMinor, leftMinor, createdAt } = debt;
  return {
    debtId,
    paymentId,
    orderId,
    amount: moneyDocument({ currency, amountMinor }),
    left: moneyDocument({ currency, amountMinor: leftMinor }),
    createdAt: createdAt.toISOString(),
    nettings: debt.nettings.map((one) => ({
      paymentId: one.paymentId,
      amount: moneyDocument({ currency, amountMinor: one.amountMinor }),
      at: one.at.toISOString(),
    })),
  };
}
