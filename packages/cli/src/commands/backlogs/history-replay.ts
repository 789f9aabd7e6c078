import type { ReadSide, ReplayPeriod, ReplayPlace } from '@campusg-pay/adapters';
import { onRecord } from '@campusg-pay/core';
import { EXIT } from '../../terminal/exit-codes.js';
import { clean, print, printJson, tell } from '../../terminal/output.js';
import type { ReplayedDocument } from '../../wording/documents.js';
import { minuteOf } from '../../wording/time-wording.js';
import { type ActOptions, consent } from '../consent.js';
import { endAs, fail, refused, tellWhy, wrongUsage } from '../endings.js';
import { problemOfIds } from '../free-text.js';
import { withRecords } from '../session.js';

const PAGE = 500;

/** `campusg-pay events replay` */
export async function eventsReplayCommand(
  options: ActOptions & { readonly from: Date; readonly to?: Date; readonly order?: string },
): Promise<number> {
  const { from, order } = options;
  const to = options.to ?? new Date();
  const problem =
    from >= to
      ? '--from is not before --to: nothing can be in between.'
      : problemOfIds({ '--order': order });
  if (problem !== null) {
    return wrongUsage(problem);
  }
  const period = { from, to, orderId: order ?? null };
  return withRecords(async (readSide, ending) => {
    if (order !== undefined) {
      const found = await readSide.looking.named(order);
      if (found.isErr()) return fail(found.error);
      if (!found.value.some(({ orderId }) => orderId === order)) {
        return endAs(refused('unknown_order', `There is no order ${clean(order)}.`));
      }
    }
    const counted = await readSide.replay.count(period);
    if (counted.isErr()) return fail(counted.error);
    const { events, payments } = counted.value;
    if (events === 0) {
      if (options.json) await printJson({ outcome: 'done', events: 0, queued: 0 });
      tell('Nothing happened in that time.');
      return EXIT.ok;
    }
    const agreed = await consent(planFor(period, { events, payments }), options, readSide.config);
    if (agreed.isErr()) return agreed.error;
    const details = { from: from.toISOString(), to: to.toISOString(), orderId: order ?? null };
    const facts = { ...agreed.value, act: 'events.replay', payment: null, details };
    const done = await onRecord(readSide, facts, () => replay(readSide, period, ending));
    if (done.isErr()) return fail(done.error);
    const { code, ...told } = done.value;
    if (options.json) await printJson(told);
    else await print(`${told.queued} events wait to be published once more.`);
    return code;
  });
}

function planFor(
  { from, to, orderId }: ReplayPeriod,
  { events, payments }: { readonly events: number; readonly payments: number },
) {
  const whose = orderId === null ? 'all orders' : `order ${orderId}`;
  const question = `Publish ${events} events of ${payments} payments once more`;
  return {
    question,
    consequences: [
      `${question}, with the ids and versions that they had:`,
      `  of       ${whose}`,
      `  from     ${minuteOf(from)} UTC`,
      `  to       ${minuteOf(to)} UTC`,
      '  readers  that drop what they have seen ignore them; others do their work again.',
      '  Stripe   is not called.',
    ],
    facts: {
      act: 'events.replay',
      orderId,
      events,
      payments,
      from: from.toISOString(),
      to: to.toISOString(),
    },
  };
}

async function replay(readSide: ReadSide, period: ReplayPeriod, ending: AbortSignal) {
  let events = 0;
  let queued = 0;
  let after: ReplayPlace | null = null;
  const told = (outcome: ReplayedDocument['outcome'], code: number) => {
    const result = `${queued} of ${events} events queued`;
    const recorded = outcome === 'fault' ? outcome : ('done' as const);
    return { outcome: recorded, result, value: { outcome, events, queued, code } };
  };
  do {
    if (ending.aborted) return told('interrupted', EXIT.interrupted);
    const page = await readSide.replay.page(period, { after, limit: PAGE });
    if (page.isErr()) return told('fault', tellWhy(page.error));
    events += page.value.events;
    queued += page.value.queued;
    after = page.value.next;
  } while (after !== null);
  return told('done', EXIT.ok);
}
