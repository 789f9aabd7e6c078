import type { Logger } from '@campusg-pay/core';

/** Longer than anything that is under way may take; then the process ends with it. */
const DRAIN_MS = 60_000;

/**
 * Catches what nobody has caught: a bug, or a library that throws where no promise is. What is returned
 * is aborted then, so that what is under way can end in order. Nothing new is to be begun: whatever
 * threw may have left anything behind.
 */
export function drainOnBug(log: Logger, exit: () => void): AbortSignal {
  const broken = new AbortController();
  const heard = (error: unknown, origin: string) => {
    log.error({ err: error, origin }, 'bug: nobody caught this; stopping');
    if (broken.signal.aborted) return;
    broken.abort('a bug');
    setTimeout(exit, DRAIN_MS).unref();
  };
  process.on('uncaughtException', heard);
  process.on('unhandledRejection', (reason) => heard(reason, 'unhandledRejection'));
  return broken.signal;
}
