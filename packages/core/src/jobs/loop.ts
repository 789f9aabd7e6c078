import type { Logger } from '../logger.js';
import type { Scheduler } from '../time/scheduler.js';

/** Work that repeats until it is stopped. */
export interface Background {
  /** Does the next round now rather than after the pause. */
  wake(): void;
  /** No further round begins; resolves when the present one has ended. */
  stop(): Promise<void>;
}

/** What every loop needs from its host. */
export interface LoopHost {
  readonly scheduler: Scheduler;
  readonly log: Logger;
}

/**
 * Repeats a round of work. A round tells how long to rest before the next one; one that fails is
 * told to `onError` and rests `errorPauseMs`, so that trouble is neither swallowed nor hammered on:
 * that rest is not cut short by `wake`. `failures` counts those in a row, this one included.
 */
export function repeat(options: {
  readonly scheduler: Scheduler;
  readonly round: () => Promise<number>;
  readonly onError: (error: unknown) => void;
  readonly errorPauseMs: number | ((failures: number) => number);
  /**
   * How long to rest before the first round, in milliseconds.
   *
   * @default 0
   */
  readonly firstPauseMs?: number;
}): Background {
  const { scheduler, errorPauseMs } = options;
  let stopped = false;
  let woken = false;
  let failures = 0;
  let rest: AbortController | null = null;

  const pause = async (ms: number) => {
    if ((woken && failures === 0) || stopped) return;
    rest = new AbortController();
    await scheduler.pause(ms, rest.signal);
    rest = null;
  };
  const afterFailure = (error: unknown): number => {
    failures += 1;
    options.onError(error);
    return typeof errorPauseMs === 'number' ? errorPauseMs : errorPauseMs(failures);
  };
  const run = async () => {
    await pause(options.firstPauseMs ?? 0);
    while (!stopped) {
      woken = false;
      const done = await options.round().then(
        (pauseMs) => ({ pauseMs }),
        (error: unknown) => ({ error }),
      );
      if ('pauseMs' in done) failures = 0;
      await pause('pauseMs' in done ? done.pauseMs : afterFailure(done.error));
    }
  };
  const running = run();
  return {
    wake: () => {
      woken = true;
      if (failures === 0) rest?.abort();
    },
    stop: () => {
      stopped = true;
      rest?.abort();
      return running;
    },
  };
}

/** What the log is told of trouble: a fault as its own facts, anything else with its stack. */
export function troubleOf(error: unknown): object {
  if (error instanceof Error || typeof error !== 'object' || error === null) return { err: error };
  return error;
}
