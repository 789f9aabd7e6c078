import type { Result } from 'neverthrow';
import type { Server } from './database-server.js';

/** What happened to a server that nobody asked to end. */
export type ServerEvent =
  /** It ended; `detail` is its last words, empty where it was killed. */
  | { readonly type: 'ended'; readonly detail: string; readonly diskFull: boolean }
  | { readonly type: 'restarted'; readonly pid: number }
  /** It does not start again; it is tried once more after the pause. */
  | {
      readonly type: 'restart-failed';
      readonly detail: string;
      readonly diskFull: boolean;
      readonly pauseMs: number;
    }
  /** One of its processes crashed: it ends all connections and goes on by itself. */
  | { readonly type: 'connection-crashed' }
  /** It could not write, and said so to whoever asked. */
  | { readonly type: 'disk-full' };

/** A server that comes up again after it was killed or has crashed. */
export interface SupervisedServer {
  /** Of the server that runs now, or ran last. */
  pid(): number;
  /** Stops it for good. */
  close(): Promise<void>;
}

export interface Supervision {
  /** Starts it once more, on the same port; the error is its last words. */
  readonly restart: () => Promise<Result<Server, string>>;
  readonly isDiskFull: () => Promise<boolean>;
  readonly tell: (event: ServerEvent) => void;
}

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;
/** One that ends sooner than this after its start has not recovered. */
const SOON_MS = 10_000;

/** Watches a server and starts it again whenever it has ended by itself, for as long as that takes. */
export function superviseServer(
  first: Server,
  { restart, isDiskFull, tell }: Supervision,
): SupervisedServer {
  let server = first;
  let pauseMs = 0;
  let recovery = Promise.resolve();
  const closing = new AbortController();

  const watch = () => {
    const startedAt = performance.now();
    void server.ended.then((detail) => {
      if (closing.signal.aborted) return;
      if (performance.now() - startedAt > SOON_MS) pauseMs = 0;
      recovery = recover(detail);
    });
  };

  const recover = async (lastWords: string) => {
    tell({ type: 'ended', detail: lastWords, diskFull: await isDiskFull() });
    for (;;) {
      await pause(pauseMs, closing.signal);
      if (closing.signal.aborted) return;
      const started = await restart();
      pauseMs = Math.min(Math.max(2 * pauseMs, FIRST_PAUSE_MS), LONGEST_PAUSE_MS);
      if (started.isOk()) {
        server = started.value;
        if (!closing.signal.aborted) tell({ type: 'restarted', pid: server.pid });
        return watch();
      }
      const diskFull = await isDiskFull();
      tell({ type: 'restart-failed', detail: started.error, diskFull, pauseMs });
    }
  };

  watch();
  return {
    pid: () => server.pid,
    close: async () => {
      closing.abort();
      await recovery;
      await server.stop();
    },
  };
}

/** Does not keep a finished program alive. */
function pause(ms: number, until: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    timer.unref();
    until.addEventListener('abort', () => resolve(), { once: true });
    if (until.aborted) resolve();
  });
}
