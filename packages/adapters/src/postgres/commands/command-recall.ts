import type { CommandStore } from '@campusg-pay/core';
import { type Database, query } from '../connection/query.js';
import { defineStatement } from '../connection/statement.js';

const RECALL = defineStatement<{ state: 'received' | 'waiting' | 'answered'; same: boolean }>()({
  name: 'recall_command',
  text: `
    select state, fingerprint = :fingerprint as same from commands
    where correlation_id = :correlationId and type = :type`,
});

/** What is known of a command, which stays as it is. */
export async function recallCommand(
  db: Database,
  { correlationId, type, fingerprint }: Parameters<CommandStore['recall']>[0],
): ReturnType<CommandStore['recall']> {
  const found = await query(db, RECALL, { correlationId, type, fingerprint });
  return found.map(([row]) => {
    if (row === undefined) return null;
    if (!row.same) return 'used_otherwise';
    return row.state === 'answered' ? 'answered' : 'held';
  });
}
