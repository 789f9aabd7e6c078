import { createServer } from 'node:net';
import type { Result } from 'neverthrow';
import type { Binaries } from './binaries.js';
import { type Server, startServer } from './database-server.js';
import type { Home } from './home.js';
import { sleep } from './processes.js';

/** What to start, and how. */
interface Start {
  readonly home: Home;
  readonly binaries: Binaries;
  readonly durable: boolean;
  readonly log: (line: string) => void;
}

/** Starts the server on the preferred port, or on a free one when that is taken or 0. */
export async function startOnSomePort(
  start: Start,
  wanted: number,
): Promise<Result<Server, string>> {
  const deadline = Date.now() + 10_000;
  for (let preferred = wanted; ; preferred = 0) {
    const server = await startOn(start, await freePort(preferred));
    if (server.isOk()) return server;
    // Somebody may take the port between our look and the start; and after a SIGKILL of the
    // postmaster its last children need a moment to notice.
    const passing = /could not create any TCP|shared memory block/.test(server.error);
    if (!passing || Date.now() > deadline) return server;
    await sleep(100);
  }
}

/** Starts the server on this port, which connections know already. */
export function startOn(
  { home, binaries, durable, log }: Start,
  port: number,
): Promise<Result<Server, string>> {
  const settings = [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'log_timezone=UTC',
    'timezone=UTC',
    'log_checkpoints=off',
    // Values of failed statements stay out of the log.
    'log_error_verbosity=terse',
    'log_min_error_statement=panic',
    `log_line_prefix=${LOG_PREFIX}`,
    ...(durable
      ? []
      : ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'max_connections=200']),
  ];
  const { cluster, account } = home;
  return startServer({ postgres: binaries.postgres, cluster, account, port, settings, log });
}

/** Time, process and SQLSTATE, by which a line's meaning is known. */
const LOG_PREFIX = '%m [%p] %e ';

/** What a line of the server's log tells that no answer to us does. */
export function loggedTrouble(line: string): 'disk-full' | 'connection-crashed' | undefined {
  const [, state] = /^\S+ \S+ \S+ \[\d+\] ([0-9A-Z]{5}) /.exec(line) ?? [];
  if (state === '53100') return 'disk-full';
  // The postmaster has no SQLSTATE for this; its words are those of the locale C. It only is told.
  return state === '00000' && /\) was terminated by (?:signal|exception) /.test(line)
    ? 'connection-crashed'
    : undefined;
}

/** The preferred port, or any free one when that is taken or 0. */
function freePort(preferred: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error) => {
      if (preferred === 0) reject(error);
      else resolve(freePort(0));
    });
    probe.listen(preferred, '127.0.0.1', () => {
      const address = probe.address();
      const port = typeof address === 'object' && address ? address.port : preferred;
      probe.close(() => resolve(port));
    });
  });
}
