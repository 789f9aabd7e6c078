/** Work that repeats until it is stopped. */
export interface Background {
  /** Does the next round now rather than after the pause. */
  wake(): void;
  /** No further round begins; resolves when the present one has ended. */
  stop(): Promise<void>;
}

/**
 * Repeats a round of work. A round tells how long to rest before the next one; one that fails is
 * told to `onError` and rests `errorPauseMs`, so that trouble is neither swallowed nor hammered on:
 * that rest is not cut short by `wake`. `failures` counts those in a row, this one included.
 */
export function repeat(options: {
  readonly round: () => Promise<number>;
  readonly onError: (error: unknown) => void;
  readonly errorPauseMs: number | ((failures: number) => number);
  /** How long to rest before the first round; 0 when left out. */
  readonly firstPauseMs?: number;
}): Background {
  let stopped = false;
  let woken = false;
  let failures = 0;
  let rest: { readonly timer: NodeJS.Timeout; readonly end: () => void } | null = null;

  const pause = (ms: number) =>
    new Promise<void>((resolve) => {
      if ((woken && failures === 0) || stopped) return resolve();
      rest = { timer: setTimeout(resolve, ms), end: resolve };
    });
  const afterFailure = (error: unknown): number => {
    failures += 1;
    options.onError(error);
    const { errorPauseMs } = options;
    return typeof errorPauseMs === 'number' ? errorPauseMs : errorPauseMs(failures);
  };
  const run = async () => {
    await pause(options.firstPauseMs ?? 0);
    rest = null;
    while (!stopped) {
      woken = false;
      const done = await options.round().then(
        (pauseMs) => ({ pauseMs }),
        (error: unknown) => ({ error }),
      );
      if ('pauseMs' in done) failures = 0;
      await pause('pauseMs' in done ? done.pauseMs : afterFailure(done.error));
      rest = null;
    }
  };
  const endRest = () => {
    if (rest === null) return;
    clearTimeout(rest.timer);
    rest.end();
  };
  const wake = () => {
    woken = true;
    if (failures === 0) endRest();
  };
  const running = run();
  return {
    wake,
    stop: () => {
      stopped = true;
      endRest();
      return running;
    },
  };
}

/** What the log is told of trouble: a fault as its own facts, anything else with its stack. */
export function troubleOf(error: unknown): object {
  if (error instanceof Error || typeof error !== 'object' || error === null) return { err: error };
  return error;
}
