import { randomUUID } from 'node:crypto';
import { apply, type InitiatingPayment, type Payment } from '@campusg-pay/core';
import pg from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { createCommandStore } from '../../src/postgres/commands/command-store.js';
import { createRepository } from '../../src/postgres/payments/repository.js';
import { testDatabase } from '../setup/database.js';
import { OWING } from '../stripe/odd-stripe.js';

const { pool, connectionString } = await testDatabase();
const repository = createRepository({ pool });
const commands = createCommandStore({ pool });

const NOW = new Date('2026-03-01T12:00:00Z');
const LATER = new Date('2026-03-01T13:00:00Z');

const writers: pg.Client[] = [];
afterEach(async () => {
  for (const writer of writers.splice(0)) await writer.end();
});

/** Somebody in the middle of a transaction. */
async function underWay(sql: string, values: readonly unknown[]): Promise<void> {
  const writer = new pg.Client({ connectionString });
  writers.push(writer);
  await writer.connect();
  await writer.query('begin');
  const { rowCount } = await writer.query(sql, [...values]);
  expect(rowCount).toBe(1);
}

/** A payment whose call is to be taken over. */
async function owing(): Promise<Payment> {
  const id = randomUUID();
  const operation = { ...OWING.authorize.operation, key: `key-${id}`, leaseUntil: NOW };
  const wanted = { ...OWING.authorize, id, orderId: id, operation } as InitiatingPayment;
  const claim = (await repository.claim(wanted))._unsafeUnwrap();
  if (claim.type !== 'claimed') throw new Error('not claimed');
  return claim.payment;
}

async function takeOver(): Promise<string[]> {
  const taken = await repository.takeOwing({ now: NOW, leaseUntil: LATER, limit: 100 });
  return taken._unsafeUnwrap().map(({ id }) => id);
}

describe('recovery beside a writer under way', () => {
  it.each([
    ['payment', 'select 1 from payments where id = $1 for update'],
    ['call', 'select 1 from operations where payment_id = $1 for update'],
  ])('passes over a %s that it has, takes the others and waits for nobody', async (_row, lock) => {
    const [held, free] = [await owing(), await owing()];
    await underWay(lock, [held.id]);
    expect(await takeOver()).toEqual([free.id]);
    await writers[0]?.query('rollback');
    expect(await takeOver()).toEqual([held.id]);
  });

  it('meets many writes at once without a deadlock', async () => {
    const payments = await Promise.all(Array.from({ length: 20 }, owing));
    const saves = payments.map((payment, n) => {
      const steps = [{ type: 'review_needed', reason: `look ${n}` }] as const;
      return repository.save(apply(payment, steps, NOW));
    });
    const takes = Array.from({ length: 5 }, () => takeOver());
    const [saved, taken] = await Promise.all([Promise.all(saves), Promise.all(takes)]);
    const ids = taken.flat();
    expect(new Set(ids).size).toBe(ids.length);
    expect(saved.every((one) => one.isOk())).toBe(true);
  });
});

describe('a command worker beside another', () => {
  const lease = (holder: string, until: Date) => ({ holder, now: NOW, until });
  const note = async (correlationId: string) => {
    const known = {
      correlationId,
      type: 'release_payment',
      orderId: null,
      paymentId: 'p',
    } as const;
    const asking = { ...known, command: { orderId: 'o', runnerId: 'r' } };
    const noted = { ...known, fingerprint: 'f', asked: asking as never };
    expect((await commands.note(noted, lease('first', NOW)))._unsafeUnwrap()).toBe('ours');
  };

  it('passes over a command that it has, and takes the others', async () => {
    await note('held');
    await note('free');
    await underWay(`select 1 from commands where correlation_id = $1 for update`, ['held']);
    const taken = (await commands.takeDue(lease('second', LATER), 100))._unsafeUnwrap();
    expect(taken).toHaveLength(1);
  });
});
