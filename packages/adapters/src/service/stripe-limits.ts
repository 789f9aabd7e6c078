import { type CallLimits, createCallLimits, type Logger, type Presence } from '@campusg-pay/core';
import type { Database } from '../postgres/connection/query.js';
import { createStripeTurns } from '../postgres/limits/stripe-turns.js';
import { turnTimer } from '../stripe/turn-timer.js';
import type { Config } from './config.js';

/** The limits of the account, shared with all who use the same database. */
export interface SharedLimits {
  /** Null where there are none. */
  readonly limits: CallLimits | null;
  /** Who this process is among the replicas: they divide half of each limit among themselves. */
  join(presence: Presence): void;
}

/** Opens them for a process that has no share of its own, and takes every turn from the shared line. */
export function openStripeLimits(
  parts: { readonly config: Config; readonly db: Database; readonly log: Logger } & Partial<
    Pick<Parameters<typeof createCallLimits>[0], 'onWaited' | 'onRefused'>
  >,
): SharedLimits {
  const { config, db, log, ...told } = parts;
  if (config.stripeLimits === null) return { limits: null, join: () => {} };
  let own: Presence | null = null;
  let wasSeen = false;
  const limits = createCallLimits({
    ...config.stripeLimits,
    ...told,
    timer: turnTimer,
    shared: {
      turns: createStripeTurns(db),
      log,
      replicas: () => {
        // Once seen, the others count on us until they see us go; so do we while we can't look.
        wasSeen ||= own !== null && own.holder() !== null;
        return own !== null && wasSeen ? own.replicas() : null;
      },
    },
  });
  return {
    limits,
    join: (presence) => {
      own = presence;
    },
  };
}
