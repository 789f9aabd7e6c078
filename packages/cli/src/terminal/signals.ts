import { EXIT } from './exit-codes.js';

/** Ctrl-C, a supervisor, a terminal that was closed. */
const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Takes over the signals that ask a program to end. The first one aborts what is returned, with its
 * name as the reason, so that the command can end in order; any further one ends the process at
 * once. From the first line of a command on: as process 1 of a container, Node would otherwise not
 * end on SIGTERM at all. Asked again, it answers the same: a process ends once.
 */
export function endOnSignal(): AbortSignal {
  if (taken !== null) return taken;
  const ending = new AbortController();
  const heard = (name: NodeJS.Signals) => {
    if (ending.signal.aborted) process.exit(EXIT.interrupted);
    ending.abort(name);
  };
  for (const name of ENDING) process.on(name, heard);
  taken = ending.signal;
  return taken;
}

let taken: AbortSignal | null = null;

/** Resolves when the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
