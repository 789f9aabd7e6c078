import type { DeadLetters } from '@campusg-pay/core';
import { type Database, query } from '../connection/query.js';
import { defineStatement } from '../connection/statement.js';

/** As large as a command may be. Of what is larger only the beginning is kept: enough to see whose it is. */
const MAX_VALUE_BYTES = 100 * 1024;
const MAX_KEY_BYTES = 1024;

const PARK = defineStatement()({
  name: 'park_message',
  text: `
    insert into parked_commands (
      topic, partition, "offset", key, headers, value, value_bytes, reason, parked_at
    )
    values (
      :topic, :partition, :offset, :key, :headers, :value, :valueBytes, :reason, :at
    )
    on conflict on constraint parked_commands_once do nothing`,
});

/** The dead letters in Postgres. */
export function createDeadLetters(db: Database): DeadLetters {
  return {
    add: async ({ topic, partition, offset, key, headers, value, keepsAll, reason, at }) => {
      const parked = await query(db, PARK, {
        topic,
        partition,
        offset,
        key: key?.subarray(0, MAX_KEY_BYTES) ?? null,
        headers: JSON.stringify(headers),
        value: value?.subarray(0, keepsAll ? value.length : MAX_VALUE_BYTES) ?? null,
        valueBytes: value?.length ?? 0,
        reason,
        at,
      });
      return parked.map(() => undefined);
    },
  };
}
