import type { OperatorSession } from '@campusg-pay/adapters';
import { DAY_MS, type Fault, onRecord } from '@campusg-pay/core';
import { err, ok, type Result } from 'neverthrow';
import { EXIT } from '../../terminal/exit-codes.js';
import { print, printJson, tell } from '../../terminal/output.js';
import type { SyncedDocument } from '../../wording/documents.js';
import { minuteOf } from '../../wording/time-wording.js';
import { type ActOptions, consent } from '../consent.js';
import { fail, tellWhy } from '../endings.js';
import { withStripe } from '../session.js';

/** `campusg-pay webhooks sync` */
export function webhooksSyncCommand(
  options: ActOptions & { readonly since?: Date },
): Promise<number> {
  const since = options.since ?? new Date(Date.now() - DAY_MS);
  return withStripe(async (session, ending) => {
    const missed = await missedTypes(session, since, ending);
    if (missed.isErr()) return fail(missed.error);
    if (ending.aborted) return EXIT.interrupted;
    const total = [...missed.value.values()].reduce((sum, count) => sum + count, 0);
    if (total === 0) {
      if (options.json) await printJson({ outcome: 'done', events: 0, changed: 0, bugs: 0 });
      tell('Stripe has delivered every webhook.');
      return EXIT.ok;
    }
    const agreed = await consent(planFor(since, missed.value, total), options, session.config);
    if (agreed.isErr()) return agreed.error;
    const details = { since: since.toISOString() };
    const facts = { ...agreed.value, act: 'webhooks.sync', payment: null, details };
    const done = await onRecord(session, facts, () => sync(session, since, ending));
    if (done.isErr()) return fail(done.error);
    const { code, ...told } = done.value;
    if (options.json) await printJson(told);
    else await print(`Took in ${told.events} webhooks; ${told.changed} of them changed a payment.`);
    return code;
  });
}

function planFor(since: Date, missed: ReadonlyMap<string, number>, total: number) {
  return {
    question: `Take in ${total} webhooks that did not come`,
    consequences: [
      `${total} webhooks since ${minuteOf(since)} UTC were not delivered, or are on their way:`,
      ...[...missed].map(([type, count]) => `  ${String(count).padStart(6)}  ${type}`),
      'They are taken in as if they had come; those that have come meanwhile change nothing.',
    ],
    facts: {
      act: 'webhooks.sync',
      since: since.toISOString(),
      total,
      missed: Object.fromEntries(missed),
    },
  };
}

/** How many of each type Stripe could not deliver. */
async function missedTypes(
  { gateway }: OperatorSession,
  since: Date,
  ending: AbortSignal,
): Promise<Result<Map<string, number>, Fault>> {
  const counts = new Map<string, number>();
  let unreadable = 0;
  let after: string | null = null;
  do {
    const page = await gateway.missedEvents({ since, after });
    if (page.isErr()) return err(page.error);
    for (const { event } of page.value.items) {
      counts.set(event.type, (counts.get(event.type) ?? 0) + 1);
    }
    unreadable += page.value.unreadable;
    after = page.value.next;
  } while (after !== null && !ending.aborted);
  if (unreadable > 0) {
    tell(`${unreadable} events that Stripe could not deliver can't be read, and are passed over.`);
  }
  return ok(counts);
}

async function sync(session: OperatorSession, since: Date, ending: AbortSignal) {
  let [events, changed, bugs] = [0, 0, 0];
  let after: string | null = null;
  const told = (outcome: SyncedDocument['outcome'], code: number) => {
    const result = `${events} webhooks, ${changed} changed a payment`;
    const recorded = outcome === 'fault' ? outcome : ('done' as const);
    return { outcome: recorded, result, value: { outcome, events, changed, bugs, code } };
  };
  do {
    if (ending.aborted) return told('interrupted', EXIT.interrupted);
    const page = await session.escrow.catchUp({ since, after });
    if (page.isErr()) return told('fault', tellWhy(page.error));
    events += page.value.events;
    changed += page.value.changed;
    bugs += page.value.bugs.length;
    for (const { eventId, error } of page.value.bugs) {
      session.log.error({ stripeEvent: eventId, err: error }, 'bug');
    }
    after = page.value.next;
  } while (after !== null);
  return bugs === 0 ? told('done', EXIT.ok) : told('fault', EXIT.fault);
}
