import { describe, expect, it } from 'vitest';
import { type ConnectionPool, query } from '../../src/postgres/connection/query.js';
import { defineStatement } from '../../src/postgres/connection/statement.js';

const write = defineStatement()({ name: 'write', text: 'insert into things default values' });

/** A pool on which every statement fails in the same way. */
function failing(error: Error) {
  const state = { sent: 0, thrownAway: 0 };
  const pool: ConnectionPool = {
    connect: async () => ({
      query: async () => {
        state.sent += 1;
        throw error;
      },
      on: () => {},
      off: () => {},
      release: (broken) => {
        if (broken) state.thrownAway += 1;
      },
    }),
  };
  return { pool, state };
}

const served = (code: string, severity = 'ERROR') =>
  Object.assign(new Error('told by the server'), { code, severity });
const socket = (code: string) => Object.assign(new Error('told by the socket'), { code });

type Case = readonly [what: string, error: Error, times: number, outcome: string];

const CASES: readonly Case[] = [
  ['lost a deadlock', served('40P01'), 2, 'not-executed'],
  ['collided', served('40001'), 2, 'not-executed'],
  ['waited too long for a lock', served('55P03'), 1, 'not-executed'],
  ['took too long', served('57014'), 1, 'not-executed'],
  ['was cut off by the end of the server', served('57P01', 'FATAL'), 1, 'unknown'],
  ['was cut off by a crash of the server', served('57P02', 'FATAL'), 1, 'unknown'],
  ['may have been completed', served('40003'), 1, 'unknown'],
  ['came with a broken connection', served('08006', 'FATAL'), 1, 'unknown'],
  ['was not answered in time', new Error('Query read timeout'), 1, 'unknown'],
  ['lost its connection', new Error('Connection terminated unexpectedly'), 1, 'unknown'],
  ['lost its socket', socket('ECONNRESET'), 1, 'unknown'],
];

// One that may have been carried out and is sent again takes its own work for somebody else's.
describe('a statement', () => {
  it.each(CASES)('that %s', async (_what, error, times, outcome) => {
    const { pool, state } = failing(error);
    const fault = (await query({ pool }, write))._unsafeUnwrapErr();
    expect(fault).toMatchObject({ type: 'DatabaseUnavailable', outcome });
    expect(state.sent).toBe(times);
  });

  it.each([
    [served('40P01'), false],
    [served('57014'), false],
    [served('57P01', 'FATAL'), true],
    [new Error('Query read timeout'), true],
    [new Error('Connection terminated unexpectedly'), true],
  ])('after %s leaves a connection that is to be thrown away: %j', async (error, thrownAway) => {
    const { pool, state } = failing(error);
    await query({ pool }, write);
    expect(state.thrownAway > 0).toBe(thrownAway);
  });
});
