import { createCallLimits } from '@campusg-pay/core';
import { describeTurnsContract } from '@campusg-pay/core/testing/contract';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { createStripeTurns } from '../../src/postgres/limits/stripe-turns.js';
import { turnTimer } from '../../src/stripe/turn-timer.js';
import { testDatabase } from '../setup/database.js';

const { pool } = await testDatabase();

describeTurnsContract('Postgres', async () => {
  await pool.query('truncate stripe_turns');
  return createStripeTurns({ pool });
});

it('takes one statement for all limits, but for the first time', async () => {
  await pool.query('truncate stripe_turns');
  const sent: string[] = [];
  const turns = createStripeTurns({ pool, onQuery: (name) => sent.push(name) });
  const wanted = ['a', 'b', 'c'].map((limit) => ({ limit, spacingMs: 10, urgent: 1, others: 1 }));
  expect((await turns.take(wanted))._unsafeUnwrap()).toHaveLength(3);
  expect(sent).toEqual(['take_stripe_turns', 'ensure_stripe_turns', 'take_stripe_turns']);
  sent.length = 0;
  await turns.take(wanted);
  expect(sent).toEqual(['take_stripe_turns']);
});

it('is kept in a table that writes no WAL', async () => {
  const { rows } = await pool.query(
    `select relpersistence as kind from pg_class where relname = 'stripe_turns'`,
  );
  expect(rows).toEqual([{ kind: 'u' }]);
});

it('leaves calls without turns, and says why once, where the table is not there', async () => {
  const lines: Record<string, unknown>[] = [];
  const log = pino({ level: 'warn' }, { write: (line) => lines.push(JSON.parse(line)) });
  const turns = createStripeTurns({ pool });
  const limits = createCallLimits({
    perSecond: 10,
    perEndpoint: 10,
    timer: turnTimer,
    shared: { turns, replicas: () => null, log },
  });
  const wanted = { endpoint: 'a', urgency: 'customer' } as const;
  await pool.query('alter table stripe_turns rename to stripe_turns_gone');
  try {
    const refused = { retryAfterMs: 1_000 };
    expect(await limits.take({ ...wanted, withinMs: 200 })).toEqual(refused);
    expect(await limits.take({ ...wanted, withinMs: 1_500 })).toEqual(refused);
  } finally {
    await pool.query('alter table stripe_turns_gone rename to stripe_turns');
  }
  expect(lines).toMatchObject([{ err: { code: '42P01' } }]);
  expect(await limits.take({ ...wanted, withinMs: 20_000 })).toBe('turn');
});
