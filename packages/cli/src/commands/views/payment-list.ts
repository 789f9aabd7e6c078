import { setTimeout as sleep } from 'node:timers/promises';
import type { ReadSide } from '@campusg-pay/adapters';
import {
  ANY_PAYMENT,
  openReview,
  type Payment,
  type PaymentFilter,
  type PaymentPlace,
  parseCurrency,
  type Slice,
  type Status,
  type TransferStatus,
} from '@campusg-pay/core';
import { err, ok, type Result } from 'neverthrow';
import { EXIT } from '../../terminal/exit-codes.js';
import {
  isRead,
  isWatched,
  paint,
  print,
  printJsonLine,
  redraw,
  tell,
  terminalWidth,
} from '../../terminal/output.js';
import { type Column, table, wrapped } from '../../terminal/table.js';
import { cursorOf, paymentDocument, placeOf } from '../../wording/payment-document.js';
import { endOfHold, styleOf, takenOf } from '../../wording/payment-wording.js';
import { minuteOf } from '../../wording/time-wording.js';
import { fail, wrongUsage } from '../endings.js';
import { problemOfAccount, problemOfIds } from '../free-text.js';
import { withReadSide } from '../session.js';
import { readPages } from './list-pages.js';

/** Which payments are listed, and how. What is left out leaves nothing out. */
export interface ListOptions {
  readonly status?: readonly Status[];
  /** Made then or later. */
  readonly newerThan?: Date;
  /** Made before this. */
  readonly olderThan?: Date;
  readonly customer?: string;
  readonly runner?: string;
  readonly order?: string;
  /** ISO 4217; needed with an amount. */
  readonly currency?: string;
  /** In minor units of `currency`. */
  readonly minAmount?: number;
  /** In minor units of `currency`. */
  readonly maxAmount?: number;
  /** `acct_...`: where the runner's share goes or went. */
  readonly runnerAccount?: string;
  readonly transferStatus?: readonly TransferStatus[];
  /** Only those that wait for a person. */
  readonly review?: true;
  /**
   * Most payments at once, from 1 to 100000.
   *
   * @default 20
   */
  readonly limit: number;
  /** Goes on behind this one, as the list before has named it. */
  readonly after?: string;
  /** Draws the list again every two seconds. */
  readonly watch?: true;
  /** For machines. */
  readonly json?: true;
}

const WATCH_MS = 2_000;

/** `campusg-pay payments list` */
export async function paymentsListCommand(options: ListOptions): Promise<number> {
  const wanted = readOptions(options);
  if (wanted.isErr()) {
    return wrongUsage(wanted.error);
  }
  const { filter, after } = wanted.value;
  return withReadSide((readSide) =>
    options.watch
      ? watch(readSide, filter, options.limit)
      : list(readSide, { filter, after, options }),
  );
}

interface Wanted {
  readonly filter: PaymentFilter;
  readonly after: PaymentPlace | null;
}

function readOptions(options: ListOptions): Result<Wanted, string> {
  const { newerThan, olderThan, minAmount, maxAmount } = options;
  const { customer, runner, order } = options;
  const ids = { '--customer': customer, '--runner': runner, '--order': order };
  const problem = problemOfIds(ids) ?? problemOfAccount('--runner-account', options.runnerAccount);
  if (problem !== null) return err(problem);
  const currency = options.currency === undefined ? ok(null) : parseCurrency(options.currency);
  if (currency.isErr()) return err('--currency must be an ISO 4217 code such as USD.');
  const amounts = minAmount !== undefined || maxAmount !== undefined;
  if (amounts && currency.value === null)
    return err('--min-amount and --max-amount need --currency.');
  if (minAmount !== undefined && maxAmount !== undefined && minAmount > maxAmount)
    return err('--min-amount is more than --max-amount.');
  if (newerThan !== undefined && olderThan !== undefined && newerThan >= olderThan)
    return err('--newer-than is not before --older-than: nothing can be in between.');
  const after = options.after === undefined ? null : placeOf(options.after);
  if (options.after !== undefined && after === null)
    return err('--after must be a cursor that an earlier list has shown.');
  if (options.watch && (options.json || !isWatched()))
    return err('--watch needs a terminal, and goes without --json.');
  return ok({
    after,
    filter: {
      ...ANY_PAYMENT,
      statuses: options.status ?? [],
      createdFrom: newerThan ?? null,
      createdBefore: olderThan ?? null,
      customerId: options.customer ?? null,
      runnerId: options.runner ?? null,
      orderId: options.order ?? null,
      currency: currency.value,
      minMinor: minAmount ?? null,
      maxMinor: maxAmount ?? null,
      review: options.review ?? false,
      runnerAccount: options.runnerAccount ?? null,
      transferStatuses: options.transferStatus ?? [],
    },
  });
}

async function list(
  readSide: ReadSide,
  { filter, after, options }: Wanted & { readonly options: ListOptions },
): Promise<number> {
  const read = (slice: Slice<PaymentPlace>) => readSide.looking.list(filter, slice);
  const found = await readPages(read, { after, limit: options.limit }, async (page) => {
    if (options.json) for (const payment of page) await printJsonLine(paymentDocument(payment));
  });
  if (found.isErr()) return fail(found.error);
  const { items: payments, more } = found.value;
  if (!options.json && payments.length > 0) {
    await print(table(columns(readSide.clock.now(), filter), payments, terminalWidth()));
  }
  if (payments.length === 0) tell('No payment is like that.');
  const last = payments.at(-1);
  if (more && last !== undefined) tell(`There are more: add --after ${cursorOf(last)}`);
  return EXIT.ok;
}

async function watch(readSide: ReadSide, filter: PaymentFilter, limit: number): Promise<number> {
  while (isRead()) {
    // What does not fit would scroll the head away.
    const room = Math.max(1, (process.stdout.rows || 24) - 3);
    const found = await readSide.looking.list(filter, {
      after: null,
      limit: Math.min(limit, room),
    });
    const now = readSide.clock.now();
    const head = paint(
      'gray',
      `${minuteOf(now)}:${now.toISOString().slice(17, 19)} UTC, Ctrl-C ends`,
    );
    const body = found.isErr() ? [] : table(columns(now, filter), found.value, terminalWidth());
    await redraw([head, '', ...body]);
    if (found.isErr()) return fail(found.error);
    await sleep(WATCH_MS);
  }
  return EXIT.ok;
}

/** Who asks for those that a person should look at asks why; who asks for transfers asks how they stand. */
function columns(now: Date, filter: PaymentFilter): readonly Column<Payment>[] {
  const { review, runnerAccount, transferStatuses } = filter;
  const isOfTransfers = runnerAccount !== null || transferStatuses.length > 0;
  return [
    { title: 'ORDER', value: ({ orderId }) => orderId, least: 14 },
    { title: 'PAYMENT', value: ({ id }) => id, least: 9, spare: 3 },
    { title: 'STATUS', value: statusOf, style: styleOf },
    { title: 'AMOUNT', value: takenOf, align: 'right' },
    { title: 'CREATED (UTC)', value: ({ createdAt }) => minuteOf(createdAt), spare: 1 },
    { title: 'HOLD ENDS', value: (payment) => endOfHold(payment, now) },
    ...(isOfTransfers ? TRANSFER : []),
    ...(review ? REVIEW : PEOPLE),
  ];
}

const TRANSFER: readonly Column<Payment>[] = [
  { title: 'TRANSFER', value: (payment) => paymentDocument(payment).transfer?.status ?? '' },
];

const PEOPLE: readonly Column<Payment>[] = [
  { title: 'CUSTOMER', value: ({ customerId }) => customerId, least: 9, spare: 4 },
  {
    title: 'RUNNER',
    value: (payment) => paymentDocument(payment).runnerId ?? '',
    least: 9,
    spare: 5,
  },
];

const REVIEW: readonly Column<Payment>[] = [
  { title: 'REVIEW', value: (payment) => openReview(payment) ?? '', least: 16, cut: wrapped },
];

/** With what is under way or wanted, which the public status hides. */
function statusOf(payment: Payment): string {
  const { status, operation } = payment;
  if (openReview(payment) !== null) return `${status}!`;
  return operation === null ? status : `${status} (${operation.kind})`;
}
