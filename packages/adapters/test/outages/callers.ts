import { setTimeout as sleep } from 'node:timers/promises';
import type { PaymentEventType } from '@campusg-pay/core';
import type pg from 'pg';
import { allRecords } from '../setup/evidence.js';
import { type Command, type Given, give } from './orders.js';
import type { OutageWorld } from './world.js';

/** What callers want of an order, turn by turn. */
const LIVES: readonly (readonly Command[])[] = [
  ['authorize', 'release'],
  ['authorize', 'revert'],
  ['authorize', 'release', 'revert'],
  ['authorize'],
];

const EVENT: Readonly<Record<Command, PaymentEventType>> = {
  authorize: 'authorized',
  release: 'released',
  revert: 'reverted',
};

/** Callers who ask again until there is an answer, as the 503 tells them to. */
export function createCallers(world: OutageWorld) {
  /** Every answer that was no fault, in the order in which they came. */
  const accepted: Given[] = [];
  const faults: string[] = [];
  /** None is due: what is refused here was forgotten. */
  const refusals: string[] = [];

  async function insist(turn: number, job: { command: Command; orderId: string }): Promise<Given> {
    for (let tries = 0; tries < 2_000; tries += 1) {
      const one = await give(world.service(turn + tries), world.meter, job);
      if (one.told.isOk()) {
        accepted.push(one);
        return one;
      }
      if (one.told.error.type !== 'DatabaseUnavailable') {
        refusals.push(`${job.command} ${job.orderId}: ${one.told.error.type}`);
        return one;
      }
      faults.push(one.told.error.reason);
      await sleep(25);
    }
    throw new Error(`${job.orderId} was never answered`);
  }

  /** Takes orders off the list and brings each as far as its answers allow. */
  async function call(orders: number[]): Promise<void> {
    for (let n = orders.shift(); n !== undefined; n = orders.shift()) {
      for (const command of LIVES[n % LIVES.length] ?? []) {
        const { told } = await insist(n, { command, orderId: `order-${n}` });
        // Whoever hears "processing" asks later; here that is after everything.
        if (told.isErr() || told.value.outcome !== 'done') break;
      }
    }
  }

  return { accepted, faults, refusals, call };
}

/** The answers that the records don't bear out. */
export async function notRecorded(
  pool: pg.Pool,
  acknowledged: readonly Given[],
): Promise<string[]> {
  const { payments, histories } = await allRecords(pool);
  const known = new Map(payments.map((payment) => [payment.orderId, payment]));
  return acknowledged
    .filter(({ orderId, command, correlationId, told }) => {
      const payment = known.get(orderId);
      if (payment === undefined) return true;
      if (told.isErr() || told.value.outcome !== 'done') return false;
      const history = histories.get(payment.id) ?? [];
      return !history.some(
        (entry) => entry.event.type === EVENT[command] && entry.correlationId === correlationId,
      );
    })
    .map(({ correlationId }) => correlationId);
}
