import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isRunning } from '../../src/postgres/embedded/processes.js';
import {
  gone,
  initialised,
  leaveBehind,
  newFolder,
  read,
  start,
  startInChild,
  write,
} from '../setup/embedded.js';

describe('after a crash', () => {
  it.each(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)(
    'of the program by %s its server ends too, and what it acknowledged is kept',
    async (signal) => {
      const dataDir = await initialised();
      const { child, started } = await startInChild(dataDir);
      if (!started) throw new Error('The child did not start.');
      await write(started, 'acknowledged');
      child.kill(signal);
      await expect.poll(gone(started.pid)).toBe(true);
      expect(await read(await start(dataDir))).toEqual(['acknowledged']);
    },
  );

  it('a restart in the same moment waits for the old server to be gone', async () => {
    const dataDir = await initialised();
    const { child, started } = await startInChild(dataDir);
    if (!started) throw new Error('The child did not start.');
    await write(started, 'acknowledged');
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await read(await start(dataDir))).toEqual(['acknowledged']);
  });

  it('of the server the next start recovers', async () => {
    const dataDir = await initialised();
    const crashed = await start(dataDir);
    await write(crashed, 'acknowledged');
    process.kill(crashed.pid, 'SIGKILL');
    await crashed.close();
    expect(await read(await start(dataDir))).toEqual(['acknowledged']);
  });

  it('a server that was left behind is stopped, and its data taken over', async () => {
    const dataDir = await initialised();
    const server = await start(dataDir);
    await write(server, 'acknowledged');
    await server.close();
    const leftover = await leaveBehind(dataDir, server.port);
    expect(await read(await start(dataDir))).toEqual(['acknowledged']);
    expect(await isRunning(leftover)).toBe(false);
  });

  it('a pid file that now names an innocent program harms neither', async () => {
    const dataDir = await initialised();
    const innocent = spawn('sleep', ['60']);
    const pidFile = join(dataDir, 'cluster', 'postmaster.pid');
    await writeFile(pidFile, `${innocent.pid}\n${join(dataDir, 'cluster')}\n`);
    await start(dataDir);
    expect(innocent.exitCode).toBe(null);
    expect(await isRunning(innocent.pid ?? 0)).toBe(true);
    innocent.kill();
  });

  it('in the middle of its creation it is created afresh', async () => {
    const dataDir = newFolder();
    await mkdir(join(dataDir, 'cluster.new'), { recursive: true });
    await writeFile(join(dataDir, 'cluster.new', 'PG_VERSION'), '18');
    await start(dataDir);
  });
});
