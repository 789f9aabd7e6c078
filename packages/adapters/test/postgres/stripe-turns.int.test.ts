import { describeTurnsContract } from '@campusg-pay/core/testing/contract';
import { expect, it } from 'vitest';
import { createStripeTurns } from '../../src/postgres/limits/stripe-turns.js';
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
