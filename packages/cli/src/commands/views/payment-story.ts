import { findNamed, isLive, type Payment, readTimeline, type Timeline } from '@campusg-pay/core';
import { EXIT } from '../../terminal/exit-codes.js';
import { wrap, wrapBehind } from '../../terminal/line-wrap.js';
import {
  clean,
  paint,
  print,
  printJson,
  type Style,
  terminalWidth,
} from '../../terminal/output.js';
import { shorten } from '../../terminal/table.js';
import type { ExplainedDocument } from '../../wording/documents.js';
import { moneyLine, moneyWayOfPayment } from '../../wording/money-document.js';
import { paymentDocument } from '../../wording/payment-document.js';
import { fundsOf, styleOf } from '../../wording/payment-wording.js';
import { tellPreview } from '../../wording/preview-wording.js';
import { momentOf } from '../../wording/time-wording.js';
import { type Source, tellEntry, tellOpen } from '../../wording/timeline-wording.js';
import { fail } from '../endings.js';
import { withReadSide } from '../session.js';

/** `campusg-pay explain` */
export async function explainCommand(
  text: string,
  { json }: { readonly json?: true },
): Promise<number> {
  return withReadSide(async (readSide) => {
    const named = await findNamed(readSide.looking, text);
    if (named.isErr()) return fail(named.error);
    const { payment } = named.value;
    const timeline = await readTimeline(readSide, payment);
    if (timeline.isErr()) return fail(timeline.error);
    const document = explained(payment, timeline.value, readSide.clock.now());
    if (json) await printJson(document);
    else await show(payment, timeline.value, document);
    return EXIT.ok;
  });
}

function explained(payment: Payment, timeline: Timeline, now: Date): ExplainedDocument {
  const { entries, moves } = timeline;
  return {
    payment: paymentDocument(payment),
    timeline: entries.map((entry) => {
      const { says, by } = tellEntry(entry, payment);
      return { at: entry.at.toISOString(), what: entry.what, says, by };
    }),
    money: moneyWayOfPayment(payment),
    open: tellOpen(timeline, payment, now),
    next: {
      release: tellPreview(moves.release, payment),
      revert: tellPreview(moves.revert, payment),
      mayHappen: moves.arrows.map(({ event, to, when }) => `${event} -> ${to}: ${when}`),
    },
  };
}

const SOURCES: Readonly<Record<Source, Style>> = {
  asked: 'bold',
  kafka: 'cyan',
  operator: 'magenta',
  call: 'blue',
  stripe: 'yellow',
  event: 'green',
  archive: 'dim',
  found: 'red',
};

async function show(
  payment: Payment,
  { entries }: Timeline,
  { money, open, next }: ExplainedDocument,
): Promise<void> {
  const columns = terminalWidth();
  const { id, orderId, status } = payment;
  const head = `${fundsOf(payment)}, ${paint(styleOf(payment), status)}`;
  for (const line of [`Order ${orderId}: ${head}`, `Payment ${id}. Times are UTC.`, ''])
    await print(wrap(clean(line), { columns, from: 0 }));
  for (const entry of entries) {
    const { source, says, by } = tellEntry(entry, payment);
    const start = `${momentOf(entry.at)}  ${paint(SOURCES[source], source.padEnd(8))}  `;
    const from = momentOf(entry.at).length + 12;
    // Long ids of causes would double most lines of a narrow terminal.
    const whole = columns === undefined || columns >= 120 || source === 'operator';
    const cause = by === null ? '' : `  [${whole ? by : shorten(by, 11)}]`;
    await print(wrapBehind(start, clean(`${says}${cause}`), { columns, from }));
  }
  const line = async (start: string, text: string) =>
    print(wrapBehind(start, clean(text), { columns, from: start.length }));
  if (money.captured.minor !== '0') {
    await print(['', paint('bold', 'Money')]);
    await line('  ', moneyLine(money));
  }
  await print(['', paint('bold', 'Open')]);
  for (const one of open.length === 0 ? ['Nothing.'] : open) await line('  ', one);
  await print(['', paint('bold', 'Next')]);
  for (const wish of ['release', 'revert'] as const) {
    const { allowed, says } = next[wish];
    await line(`  ${wish.padEnd(8)}${allowed ? 'yes' : 'no '}  `, says);
  }
  for (const arrow of next.mayHappen) await line('  may happen   ', arrow);
  if (next.mayHappen.length > 0) return;
  const isFinal = !isLive(payment);
  await print(isFinal ? '  The status is final.' : '  Nothing before the bank has decided.');
}
