import { setTimeout as sleep } from 'node:timers/promises';
import type { DatabaseFault, Logger } from '@campusg-pay/core';
import { err, ok, type Result } from 'neverthrow';
import type { Database } from '../postgres/connection/query.js';
import { createOutbox } from '../postgres/outbox/outbox.js';
import type { Config } from './config.js';
import type { NotInstalled } from './optional-package.js';
import { type LockPlace, startConfiguredRelay } from './relay-wiring.js';

const LOOK_MS = 250;

/**
 * Publishes what waits in the outbox from this process, beside the relays that may run: a relay of
 * its own takes its share of the shards, or all of them where there is no other. Ends when nothing
 * waits, at the deadline or when told to; answers how many still wait.
 */
export async function drain(
  parts: {
    readonly config: Config;
    readonly db: Database;
    readonly locksAt: LockPlace;
    readonly log: Logger;
  },
  { withinMs, ending }: { readonly withinMs: number; readonly ending: AbortSignal },
): Promise<Result<number, DatabaseFault | NotInstalled>> {
  const outbox = createOutbox(parts.db);
  const started = await startConfiguredRelay(parts);
  if (started.isErr()) return err(started.error);
  const relay = started.value;
  try {
    for (const since = performance.now(); ; await sleep(LOOK_MS)) {
      const backlog = await outbox.backlog();
      if (backlog.isErr()) return err(backlog.error);
      const { rows } = backlog.value;
      const late = performance.now() - since > withinMs;
      if (rows === 0 || late || ending.aborted) return ok(rows);
    }
  } finally {
    await relay.stop();
  }
}
