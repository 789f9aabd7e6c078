import { randomBytes } from 'node:crypto';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { park, parkBatch } from '../../src/kafka/parked-messages.js';
import { createKafkaCommands } from '../../src/postgres/commands/command-records.js';
import { createDeadLetters } from '../../src/postgres/commands/dead-letters.js';
import { systemClock } from '../../src/service/settings.js';
import { testDatabase } from '../setup/database.js';

const { pool } = await testDatabase();
const parts = {
  deadLetters: createDeadLetters({ pool }),
  clock: systemClock,
  log: pino({ level: 'silent' }),
};
const kept = async () => {
  const letters = await createKafkaCommands({ pool }).deadLetters(10);
  return letters._unsafeUnwrap();
};

// As much as a broker takes in one batch unless told otherwise.
const bytes = randomBytes(1_048_588);
const place = { topic: 'commands', partition: 0 };

it('of a batch that nobody can read all is kept', async () => {
  const batch = {
    why: 'unknown_codec',
    codec: 'codec_5',
    firstOffset: '10',
    lastOffset: '29',
    count: 20,
    bytes,
  } as const;
  expect((await parkBatch(parts, place, batch)).isOk()).toBe(true);
  const letter = (await kept()).find(({ offset }) => String(offset) === '29');
  expect(letter?.value?.equals(bytes)).toBe(true);
  expect(letter?.valueBytes).toBe(bytes.length);
});

it('of a message that is too large the beginning is kept, and its size', async () => {
  const message = {
    key: null,
    value: bytes,
    timestamp: '0',
    attributes: 0,
    offset: '30',
    headers: {},
  };
  const delivery = { place, message, holder: 'h' };
  expect((await park(parts, delivery, 'too_large')).isOk()).toBe(true);
  const letter = (await kept()).find(({ offset }) => String(offset) === '30');
  expect(letter?.value?.equals(bytes.subarray(0, 100 * 1024))).toBe(true);
  expect(letter?.valueBytes).toBe(bytes.length);
});
