import type { PaymentRef } from '@campusg-pay/core';
import type { MemoryStore } from '../memory.js';
import { type Acknowledged, untrueNow } from './acknowledged.js';
import type { Command } from './given-command.js';
import type { Line } from './line.js';
import type { Plan } from './plan.js';
import type { Replica } from './replica.js';
import { viewOfCommand } from './views.js';

/** Whoever gives a command by message names the payment that they have heard of. */
export function latestOf(store: MemoryStore, orderId: string): PaymentRef {
  const latest = store.payments().findLast((payment) => payment.orderId === orderId);
  return { paymentId: latest?.id ?? `none of ${orderId}` };
}

/** Asks directly, and judges the answer as it comes. */
export async function ask(
  judged: {
    readonly plan: Plan;
    readonly line: Line;
    readonly store: MemoryStore;
    readonly acknowledged: Acknowledged[];
    readonly wrong: string[];
  },
  replica: Replica,
  { asked, give }: Command,
  correlationId: string,
): Promise<string | null> {
  const { plan, line, store, acknowledged, wrong } = judged;
  const view = viewOfCommand();
  const until = line.now() + plan.waitMs;
  const seeing = { ...replica, escrow: replica.escrowFor(correlationId, view) };
  const answer = await give(seeing, correlationId);
  if (answer === null || asked === null) return null;
  const one = { asked, correlationId, answer };
  acknowledged.push(one);
  wrong.push(...untrueNow(store, one), ...view.wrong(correlationId, answer, line.now() < until));
  return `hears "${answer.isOk() ? answer.value.outcome : answer.error.type}"`;
}
