import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A program that was started and answers. */
export interface Program {
  readonly child: ChildProcess;
  readonly pid: number;
  /** Empty for one that nobody can ask over HTTP. */
  readonly url: string;
  stop(): Promise<void>;
}

const running = new Set<ChildProcess>();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts one of the programs of this folder. */
export async function startProgram(
  file: 'stripe-double.ts' | 'floor.ts' | 'load.ts',
  env: Readonly<Record<string, string>> = {},
): Promise<Program> {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', path], {
    env: { PATH: process.env.PATH, NODE_ENV: 'production', ...env },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  watch(child, file);
  const [{ url }] = (await once(child, 'message')) as [{ url: string }];
  return programOf(child, url);
}

/** As the image and `npm start` have them. */
const FLAGS = ['--enable-source-maps', '--min-semi-space-size=16', '--max-semi-space-size=32'];

/**
 * Starts the service as it is built in a checkout, with a log of level `info` that goes nowhere.
 *
 * @param folder of the checkout
 */
export async function startService(
  folder: string,
  env: Readonly<Record<string, string>>,
): Promise<Program> {
  const main = `${folder}/packages/cli/dist/main.js`;
  const child = spawn(process.execPath, [...FLAGS, main, 'serve'], {
    cwd: env.CAMPUSG_PAY_DATA_DIR,
    env: { PATH: process.env.PATH, HOST: '127.0.0.1', PORT: '0', LOG_LEVEL: 'info', ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  watch(child, main);
  const said: string[] = [];
  const lines = createInterface({ input: child.stderr });
  const url = await new Promise<string>((resolve, reject) => {
    lines.on('line', (line) => {
      said.push(line);
      const [, found] = /listens on (\S+)/.exec(line) ?? [];
      if (found !== undefined) resolve(found);
    });
    child.once('exit', () => reject(new Error(`The service did not start:\n${said.join('\n')}`)));
  });
  return programOf(child, url);
}

function watch(child: ChildProcess, what: string): void {
  running.add(child);
  child.once('exit', (code, signal) => {
    if (!running.delete(child)) return;
    if (code !== 0 && signal === null) console.error(`${what} ended with ${code}.`);
  });
}

function programOf(child: ChildProcess, url: string): Program {
  return {
    child,
    pid: child.pid ?? 0,
    url,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}
