import type { DaySum, HoldBucket, Standing, Sum } from '@campusg-pay/adapters';
import { DAY_MS, HOUR_MS } from '@campusg-pay/core';
import { EXIT } from '../../terminal/exit-codes.js';
import { wrapBehind } from '../../terminal/line-wrap.js';
import { paint, print, printJson, terminalWidth } from '../../terminal/output.js';
import { table } from '../../terminal/table.js';
import type { StandingDocument } from '../../wording/documents.js';
import { amountDocument, moneyLine, moneyWayDocument } from '../../wording/money-document.js';
import { minuteOf, spanOf } from '../../wording/time-wording.js';
import { fail } from '../endings.js';
import { withReadSide } from '../session.js';

/** What holds are counted between, seen from now. */
const BOUNDS_MS = [0, HOUR_MS, 6 * HOUR_MS, DAY_MS, 3 * DAY_MS, 7 * DAY_MS];
const ENDS = ['should be over', '< 1 h', '1-6 h', '6-24 h', '1-3 d', '3-7 d', '> 7 d'];

/** `campusg-pay status` */
export async function statusCommand(options: {
  readonly json?: true;
  readonly days: number;
}): Promise<number> {
  return withReadSide(async (readSide) => {
    const now = readSide.clock.now();
    const today = Math.floor(now.getTime() / DAY_MS) * DAY_MS;
    const since = new Date(today - (options.days - 1) * DAY_MS);
    const bounds = BOUNDS_MS.map((ms) => new Date(now.getTime() + ms));
    const read = await readSide.standing({ since, bounds });
    if (read.isErr()) return fail(read.error);
    if (options.json) await printJson(documentOf(read.value, now));
    else await show(read.value, { now, days: options.days });
    return EXIT.ok;
  });
}

function documentOf(standing: Standing, now: Date): StandingDocument {
  const summed = (sum: Sum) => ({ ...amountDocument(sum), payments: sum.payments });
  const { outbox, underReview, unanswered, parked, approvals } = standing;
  return {
    at: now.toISOString(),
    now: standing.now.map((sum) => ({ ...summed(sum), status: sum.status })),
    days: standing.days.map((sum) => ({ ...summed(sum), day: sum.day, move: sum.move })),
    money: standing.money.map((sums) => moneyWayDocument(sums, sums.currency)),
    holds: standing.holds.map((sum) => ({ ...summed(sum), ends: endsOf(sum) })),
    openCalls: standing.open.map((open) => ({ ...open, oldest: open.oldest.toISOString() })),
    underReview,
    unanswered,
    parked,
    approvals,
    outbox: { rows: outbox.rows, oldest: outbox.oldest?.toISOString() ?? null },
  };
}

function endsOf({ bucket }: HoldBucket): string {
  return bucket === null ? 'unknown' : (ENDS[bucket] ?? 'unknown');
}

async function show(
  standing: Standing,
  { now, days }: { readonly now: Date; readonly days: number },
): Promise<void> {
  const width = terminalWidth();
  await title(`Payments at ${minuteOf(now)} UTC`);
  await rows(
    standing.now,
    [
      { title: 'STATUS', value: ({ status }) => status },
      ...summedColumns<Standing['now'][number]>(),
    ],
    width,
  );
  await title(`The last ${days === 1 ? 'day' : `${days} days`}, in UTC`);
  await rows(
    standing.days,
    [
      { title: 'DAY', value: ({ day }: DaySum) => day },
      { title: 'MOVED', value: ({ move }) => move },
      ...summedColumns<DaySum>(),
    ],
    width,
  );
  await title('The way of the money, since ever');
  for (const line of moneyLines(standing))
    await print(wrapBehind('  ', line, { columns: width, from: 2 }));
  await print();
  await title('Holds by their end');
  for (const line of bars(standing.holds, width ?? 120)) await print(line);
  await title('Backlogs');
  for (const line of backlogs(standing, now)) await print(`  ${line}`);
}

function moneyLines({ money }: Standing): string[] {
  if (money.length === 0) return ['none'];
  return money.map((sums) => moneyLine(moneyWayDocument(sums, sums.currency)));
}

async function title(text: string): Promise<void> {
  await print(paint('bold', text));
}

async function rows<Row>(
  all: readonly Row[],
  columns: Parameters<typeof table<Row>>[0],
  width: number | undefined,
): Promise<void> {
  await print(all.length === 0 ? '  none' : table(columns, all, width));
  await print();
}

function summedColumns<Row extends Sum>() {
  return [
    { title: 'PAYMENTS', value: ({ payments }: Row) => String(payments), align: 'right' as const },
    { title: 'AMOUNT', value: (sum: Row) => amountDocument(sum).major, align: 'right' as const },
    { title: 'CURRENCY', value: ({ currency }: Row) => currency },
  ];
}

const BAR = 24;

/** A bar for each end and currency, as long as its share of the payments. */
function bars(holds: readonly HoldBucket[], width: number): string[] {
  if (holds.length === 0) return ['  none', ''];
  const most = Math.max(...holds.map(({ payments }) => payments));
  const longest = Math.max(4, Math.min(BAR, width - 56));
  const lines = holds.map((hold) => {
    const { payments, bucket, currency } = hold;
    const bar = '█'.repeat(Math.max(1, Math.round((payments / most) * longest)));
    const late = bucket !== null && bucket <= 1;
    const sum = `${amountDocument(hold).major} ${currency}`;
    const shown = paint(late ? 'red' : 'cyan', bar) + ' '.repeat(longest - bar.length);
    return `  ${endsOf(hold).padEnd(14)}  ${shown}  ${String(payments).padStart(8)}  ${sum}`;
  });
  return [...lines, ''];
}

function backlogs(standing: Standing, now: Date): string[] {
  const { open, outbox, underReview, unanswered, parked, approvals } = standing;
  const ago = (time: Date) => spanOf(now.getTime() - time.getTime());
  const calls = open.map(({ kind, calls: count, overdue, oldest }) => {
    const waiting = overdue === 0 ? '' : paint('red', `, ${overdue} overdue`);
    return `calls owed to Stripe: ${count} ${kind}${waiting}, the oldest since ${ago(oldest)}`;
  });
  const waiting = outbox.oldest === null ? '' : `, the oldest since ${ago(outbox.oldest)}`;
  return [
    ...(calls.length === 0 ? ['calls owed to Stripe: none'] : calls),
    `events to be published: ${outbox.rows === 0 ? 'none' : `${outbox.rows}${waiting}`}`,
    `commands over Kafka to be answered: ${unanswered === 0 ? 'none' : unanswered}`,
    `messages that could not be answered: ${alarming(parked)}`,
    `payments that want a person: ${alarming(underReview)}`,
    `requests that wait for a second person: ${approvals === 0 ? 'none' : approvals}`,
  ];
}

function alarming(count: number): string {
  return count === 0 ? 'none' : paint('red', String(count));
}
