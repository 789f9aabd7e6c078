import { randomUUID } from 'node:crypto';
import { apply, type InitiatingPayment, type Reply } from '@campusg-pay/core';
import { describe, expect, it } from 'vitest';
import { createCommandStore } from '../../src/postgres/commands/command-store.js';
import { createRepository } from '../../src/postgres/payments/repository.js';
import { testDatabase } from '../setup/database.js';
import { OWING } from '../stripe/odd-stripe.js';

const { pool } = await testDatabase();
const store = createCommandStore({ pool });
const repository = createRepository({ pool });

const START = Date.UTC(2026, 2, 1);
const at = (seconds: number) => new Date(START + seconds * 1_000);
const lease = (holder: string, from: number) => ({ holder, now: at(from), until: at(from + 10) });

/** A command that is noted for `first`, which may work on it for ten seconds. */
async function noted() {
  const id = randomUUID();
  const known = {
    correlationId: id,
    type: 'authorize_payment',
    orderId: `order-${id}`,
    paymentId: null,
  } as const;
  // What is kept of it is nobody's concern here.
  const command = { ...known, fingerprint: 'f', asked: {} as never };
  expect((await store.note(command, lease('first', 0)))._unsafeUnwrap()).toBe('ours');
  const reply: Reply = {
    id: `${id}:authorize_payment`,
    command: known.type,
    correlationId: id,
    at: at(1).toISOString(),
    reply: {
      type: 'refused',
      error: 'order_busy',
      message: 'No.',
      stripeCode: null,
      declineCode: null,
      issues: null,
      payment: null,
      paymentId: null,
      orderId: known.orderId,
    },
  };
  const end = async (holder: string, seconds: number) => {
    const ending = { state: 'answered', reply } as const;
    return (await store.end(known, ending, { holder, now: at(seconds) }))._unsafeUnwrap();
  };
  const told = async () => {
    const { rowCount } = await pool.query('select 1 from outbox where order_id = $1', [
      known.orderId,
    ]);
    return rowCount;
  };
  return { known, command, end, told };
}

describe('a command that its holder was too slow for', () => {
  it('is ended by whoever took it over, and answered once', async () => {
    const { end, told } = await noted();
    const taken = (await store.takeDue(lease('second', 11), 1_000))._unsafeUnwrap();
    expect(taken.length).toBeGreaterThan(0);
    expect(await end('first', 12)).toBe('lost');
    expect(await told()).toBe(0);
    expect(await end('second', 13)).toBe('ended');
    expect(await end('second', 14)).toBe('lost');
    expect(await told()).toBe(1);
  });

  it('is not taken before its time is over', async () => {
    const { known, command } = await noted();
    const early = (await store.takeDue(lease('second', 9), 1_000))._unsafeUnwrap();
    expect(early).toEqual([]);
    expect((await store.note(command, lease('second', 9)))._unsafeUnwrap()).toBe('held');
    expect((await store.note(command, lease('second', 11)))._unsafeUnwrap()).toBe('ours');
    expect((await store.note(command, lease('first', 12)))._unsafeUnwrap()).toBe('held');
    expect(known.type).toBe('authorize_payment');
  });
});

describe('a command that an event has answered', () => {
  it('is not answered once more', async () => {
    const { known, end, told } = await noted();
    const { correlationId, orderId } = known;
    const operation = { ...OWING.authorize.operation, key: `key-${correlationId}`, correlationId };
    const wanted = { ...OWING.authorize, id: orderId, orderId, correlationId, operation };
    const claim = (await repository.claim(wanted as InitiatingPayment))._unsafeUnwrap();
    if (claim.type !== 'claimed') throw new Error('not claimed');
    const steps = [
      { type: 'operation_closed', key: operation.key, outcome: 'done', detail: null },
      { type: 'authorized', paymentIntentId: `pi_${correlationId}`, captureBefore: null },
    ] as const;
    const change = apply(claim.payment, steps, at(1));
    expect(change.events).toMatchObject([{ correlationId, answers: 'authorize' }]);
    expect((await repository.save(change))._unsafeUnwrap()).toBe('saved');
    expect(await told()).toBe(1);
    expect(await end('first', 2)).toBe('ended');
    expect(await told()).toBe(1);
  });
});
