/** Work that repeats until it is stopped. */
export interface Background {
  /** Does the next round now rather than after the pause. */
  wake(): void;
  /** No further round begins; resolves when the present one has ended. */
  stop(): Promise<void>;
}

/**
 * Repeats a round of work. A round tells how long to rest before the next one; one that fails is
 * told to `onError` and rests `errorPauseMs`, so that trouble is neither swallowed nor hammered on.
 */
export function repeat(options: {
  readonly round: () => Promise<number>;
  readonly onError: (error: unknown) => void;
  readonly errorPauseMs: number;
  /** How long to rest before the first round; 0 when left out. */
  readonly firstPauseMs?: number;
}): Background {
  let stopped = false;
  let woken = false;
  let rest: { readonly timer: NodeJS.Timeout; readonly end: () => void } | null = null;

  const pause = (ms: number) =>
    new Promise<void>((resolve) => {
      if (woken || stopped) return resolve();
      rest = { timer: setTimeout(resolve, ms), end: resolve };
    });
  const run = async () => {
    await pause(options.firstPauseMs ?? 0);
    rest = null;
    while (!stopped) {
      woken = false;
      const pauseMs = await options.round().catch((error: unknown) => {
        options.onError(error);
        return options.errorPauseMs;
      });
      await pause(pauseMs);
      rest = null;
    }
  };
  const wake = () => {
    woken = true;
    if (rest === null) return;
    clearTimeout(rest.timer);
    rest.end();
  };
  const running = run();
  return {
    wake,
    stop: () => {
      stopped = true;
      wake();
      return running;
    },
  };
}

/** What the log is told of trouble: a fault as its own facts, anything else with its stack. */
export function troubleOf(error: unknown): object {
  if (error instanceof Error || typeof error !== 'object' || error === null) return { err: error };
  return error;
}
