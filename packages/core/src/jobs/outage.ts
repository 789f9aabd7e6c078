import type { Logger } from '../logger.js';
import type { Scheduler } from '../time/scheduler.js';
import { troubleOf } from './loop.js';

/** Something outside does not do its part now. `facts` say what, for the log. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable';
  readonly facts: { readonly type: string; readonly reason: string; readonly message: string };

  constructor(facts: Unavailable['facts'], cause: unknown) {
    super(facts.message, { cause });
    this.facts = facts;
  }
}

/** Something that may be away for hours: told when it goes and when it is back, not at every try. */
export interface Trouble {
  /** Told unless it is what was told last. */
  is(error: unknown): void;
  over(): void;
}

/** @param lines what the log says when there is trouble, or another one, and when it is over */
export function createTrouble(
  { scheduler, log }: { readonly scheduler: Pick<Scheduler, 'elapsedMs'>; readonly log: Logger },
  lines: { readonly begins: string; readonly ends: string },
): Trouble {
  let present: { readonly kind: string; readonly since: number } | null = null;
  return {
    is: (error) => {
      const facts = error instanceof Unavailable ? error.facts : troubleOf(error);
      const kind = kindOf(error, facts);
      log[present?.kind === kind ? 'debug' : 'warn'](facts, lines.begins);
      present = { kind, since: present?.since ?? scheduler.elapsedMs() };
    },
    over: () => {
      if (present === null) return;
      log.info({ awayMs: Math.round(scheduler.elapsedMs() - present.since) }, lines.ends);
      present = null;
    },
  };
}

/** What an operator would do something else about. */
function kindOf(error: unknown, facts: object): string {
  const { type, reason } = facts as { type?: unknown; reason?: unknown };
  if (type !== undefined) return `${type} ${reason}`;
  return error instanceof Error ? `${error.name} ${error.message}` : 'unknown';
}
