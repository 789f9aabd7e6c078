import {
  findNamed,
  type Payment,
  type TransferEntry,
  type TransferStatus,
} from '@campusg-pay/core';
import { EXIT } from '../../terminal/exit-codes.js';
import { wrapBehind } from '../../terminal/line-wrap.js';
import { clean, print, printJson, type Style, terminalWidth } from '../../terminal/output.js';
import { type Column, wrapped } from '../../terminal/table.js';
import { moneyLine, moneyWayOfPayment, transferPart } from '../../wording/money-document.js';
import {
  type ShownTransferDocument,
  TRANSFER_PLACE,
  transferDocument,
} from '../../wording/money-list-documents.js';
import { paymentDocument } from '../../wording/payment-document.js';
import { moneyWords } from '../../wording/payment-wording.js';
import { minuteOf } from '../../wording/time-wording.js';
import { fail } from '../endings.js';
import { problemOfAccount, problemOfIds } from '../free-text.js';
import { withReadSide } from '../session.js';
import { type MoneyListOptions, showMoneyList } from './money-list.js';

export interface TransferListOptions extends MoneyListOptions {
  readonly status?: readonly TransferStatus[];
  readonly runner?: string;
  /** `acct_...` */
  readonly runnerAccount?: string;
}

/** `campusg-pay transfers list` */
export function transfersListCommand(options: TransferListOptions): Promise<number> {
  const { status = [], runner, runnerAccount } = options;
  const filter = {
    statuses: status,
    runnerId: runner ?? null,
    stripeAccount: runnerAccount ?? null,
  };
  return showMoneyList(
    {
      problem:
        problemOfIds({ '--runner': runner }) ?? problemOfAccount('--runner-account', runnerAccount),
      place: TRANSFER_PLACE,
      read: ({ money }, slice) => money.transfers(filter, slice),
      document: transferDocument,
      columns: COLUMNS,
      none: 'No transfer is like that.',
    },
    options,
  );
}

const COLUMNS: readonly Column<TransferEntry>[] = [
  { title: 'ORDER', value: ({ orderId }) => orderId, least: 14 },
  {
    title: 'STATUS',
    value: ({ transfer }) => transfer.status,
    style: ({ transfer }) => styleOf(transfer.status),
  },
  {
    title: 'AMOUNT',
    value: ({ transfer: { amountMinor }, currency }) => moneyWords({ amountMinor, currency }),
    align: 'right',
  },
  { title: 'RUNNER', value: ({ transfer }) => transfer.runnerId, least: 9, spare: 3 },
  { title: 'ACCOUNT', value: ({ transfer }) => transfer.stripeAccount ?? '', least: 9, spare: 4 },
  { title: 'SINCE (UTC)', value: ({ createdAt }) => minuteOf(createdAt), spare: 2 },
  {
    title: 'WHY',
    value: ({ transfer }) => transfer.reason ?? '',
    least: 12,
    spare: 1,
    cut: wrapped,
  },
];

function styleOf(status: TransferStatus): Style {
  switch (status) {
    case 'sent':
      return 'green';
    case 'needs_review':
      return 'red';
    case 'reversed':
    case 'canceled':
      return 'gray';
    default:
      return 'yellow';
  }
}

/** `campusg-pay transfers show` */
export async function transfersShowCommand(
  text: string,
  { json }: { readonly json?: true },
): Promise<number> {
  return withReadSide(async (readSide) => {
    const found = await findNamed(readSide.looking, text);
    if (found.isErr()) return fail(found.error);
    const { payment } = found.value;
    const document = shownDocument(payment);
    if (document === null) return fail({ type: 'NoTransfer' });
    if (json) await printJson(document);
    else await show(document);
    return EXIT.ok;
  });
}

function shownDocument(payment: Payment): ShownTransferDocument | null {
  const transfer = 'transfer' in payment ? payment.transfer : null;
  if (transfer === null) return null;
  return {
    transfer: transferPart(transfer, payment.amount.currency),
    payment: paymentDocument(payment),
    money: moneyWayOfPayment(payment),
  };
}

const WIDTH = 14;

async function show({ transfer, payment, money }: ShownTransferDocument): Promise<void> {
  const { stripeTransferId, stripeAccount, nextTryAt, reason } = transfer;
  const words = ({ major, currency }: typeof transfer.amount) => `${major} ${currency}`;
  const unlessNone = (amount: typeof transfer.amount) =>
    amount.minor === '0' ? null : words(amount);
  const facts: readonly (readonly [string, string | null])[] = [
    ['transfer', transfer.transferId],
    ['at Stripe', stripeTransferId],
    ['status', transfer.status],
    ['why', reason],
    ['next try', nextTryAt && `${minuteOf(new Date(nextTryAt))} UTC`],
    ['amount', words(transfer.amount)],
    ['kept back', unlessNone(transfer.netted)],
    ['came back', unlessNone(transfer.reversed)],
    ['owed back', unlessNone(transfer.debt)],
    ['runner', transfer.runnerId],
    ['account', stripeAccount ?? 'none yet'],
    ['payment', `${payment.paymentId}, ${payment.status}`],
    ['order', payment.orderId],
    ['money', moneyLine(money)],
  ];
  for (const [name, value] of facts) {
    if (value === null) continue;
    const room = { columns: terminalWidth(), from: WIDTH };
    await print(wrapBehind(name.padEnd(WIDTH), clean(value), room));
  }
}
