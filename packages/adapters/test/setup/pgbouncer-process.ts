import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './wire.js';

const program = ['/usr/sbin/pgbouncer', '/usr/bin/pgbouncer', '/usr/local/bin/pgbouncer'].find(
  existsSync,
);

/** Debian's package has it. */
export const hasPgBouncer = program !== undefined;

/** For root, under which it does not run: the account "nobody". */
const account = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

export type PoolMode = 'session' | 'transaction' | 'statement';

/** A PgBouncer that runs. */
export interface PgBouncer {
  readonly connectionString: string;
  readonly pid: number;
  close(): Promise<void>;
}

/** Starts one as it comes, in front of a server, and waits until it answers. */
export async function launchPgBouncer(
  serverUrl: string,
  mode: PoolMode,
  more: readonly string[],
): Promise<PgBouncer> {
  if (program === undefined) throw new Error('PgBouncer is missing: apt-get install pgbouncer');
  const { hostname, port, username, password, pathname } = new URL(serverUrl);
  const folder = await mkdtemp(join(tmpdir(), 'campusg-pay-pgbouncer-'));
  await chmod(folder, 0o755);
  const own = await freePort();
  const users = join(folder, 'users.txt');
  await writeFile(users, `"${username}" "${decodeURIComponent(password)}"\n`);
  const settings = join(folder, 'pgbouncer.ini');
  await writeFile(
    settings,
    [
      '[databases]',
      `* = host=${hostname} port=${port}`,
      '[pgbouncer]',
      'listen_addr = 127.0.0.1',
      `listen_port = ${own}`,
      'unix_socket_dir =',
      'auth_type = trust',
      `auth_file = ${users}`,
      `pool_mode = ${mode}`,
      ...more,
      '',
    ].join('\n'),
  );
  const child = spawn(program, ['-q', settings], { ...account, stdio: 'ignore' });
  const ended = once(child, 'exit');
  await answers(own);
  return {
    connectionString: `postgres://${username}:${password}@127.0.0.1:${own}${pathname}`,
    pid: child.pid ?? 0,
    close: async () => {
      child.kill('SIGKILL');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function answers(port: number): Promise<void> {
  for (;;) {
    const isUp = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true));
      socket.once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (isUp) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
