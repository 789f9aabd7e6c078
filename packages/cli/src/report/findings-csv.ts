import { type Discrepancy, formatMajor, type Repair } from '@campusg-pay/core';
import { repairWords, sentenceOf } from '../wording/finding-wording.js';

const COLUMNS: readonly (readonly [
  string,
  (discrepancy: Discrepancy) => string | number | null | undefined,
])[] = [
  ['severity', ({ severity }) => severity],
  ['finding', ({ type }) => type],
  ['order_id', ({ ours, theirs }) => ours?.orderId ?? theirs?.orderId],
  [
    'payment_id',
    ({ ours, theirs, transfer }) => ours?.id ?? theirs?.paymentId ?? transfer?.paymentId,
  ],
  ['payment_intent_id', ({ ours, theirs }) => theirs?.paymentIntentId ?? ours?.paymentIntentId],
  ['record_status', ({ ours }) => ours?.status],
  ['stripe_status', ({ theirs }) => theirs?.status],
  ['at_risk', ({ atRisk }) => (atRisk === null ? null : formatMajor(atRisk))],
  ['currency', ({ atRisk }) => atRisk?.currency],
  ['repair', ({ repair }) => repair?.type],
  ['gives_back', ({ repair }) => (repair?.givesBack ? formatMajor(repair.givesBack) : null)],
  [
    'transfer_id',
    ({ ours, transfer }) => transfer?.stripeTransferId ?? ours?.money?.transfer?.stripeTransferId,
  ],
  ['sends_to_runner', ({ repair }) => runnerSum(repair, 'sends')],
  ['takes_of_runner', ({ repair }) => runnerSum(repair, 'takes_back')],
  ['says', sentenceOf],
  ['repair_says', ({ repair }) => repairWords(repair)],
];

function runnerSum(repair: Repair | null, way: 'sends' | 'takes_back'): string | null {
  const runner = repair?.runner;
  return runner?.way === way ? formatMajor(runner.money) : null;
}

export function csvHead(): string {
  return COLUMNS.map(([name]) => name).join(',');
}

export function csvLine(discrepancy: Discrepancy): string {
  return COLUMNS.map(([, value]) => cell(String(value(discrepancy) ?? ''))).join(',');
}

/** Quoted where it must be; and a spreadsheet must not take what came from outside for a formula. */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
