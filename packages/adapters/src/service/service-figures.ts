import type { Outbox } from '@campusg-pay/core';
import type { Database } from '../postgres/connection/query.js';
import { readFigures } from '../postgres/jobs/figures.js';
import type { Config } from './config.js';
import type { ServiceFigures } from './metrics-port.js';

/** How things stand; null while the database does not answer. */
export async function readServiceFigures(parts: {
  readonly config: Config;
  readonly db: Database;
  readonly outbox: Outbox;
  readonly now: Date;
}): Promise<ServiceFigures | null> {
  const { config, db, outbox, now } = parts;
  const expiringBefore = new Date(now.getTime() + config.lapse.warnMs);
  const [figures, backlog] = await Promise.all([
    readFigures(db, { now, expiringBefore }),
    outbox.backlog(),
  ]);
  if (figures.isErr() || backlog.isErr()) return null;
  const { rows: outboxRows, oldestAgeMs } = backlog.value;
  return { ...figures.value, outboxRows, outboxOldestSeconds: oldestAgeMs / 1000 };
}
