import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { onTestFinished } from 'vitest';

const PROGRAM = fileURLToPath(new URL('../src/main.ts', import.meta.url));
export const TSX = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly url: string;
  readonly child: ChildProcess;
  /** Ends it as Ctrl-C does, and gives what it printed. */
  stop(): Promise<Finished>;
}

function spawned(flags: readonly string[], cwd?: string) {
  const args = ['--import', TSX, PROGRAM, ...flags];
  const child = spawn(process.execPath, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    said.stdout += chunk.toString('utf8');
  });
  child.stderr.on('data', (chunk: Buffer) => {
    said.stderr += chunk.toString('utf8');
  });
  const closed = once(child, 'close').then(() => ({ code: child.exitCode, ...said }));
  return { child, closed };
}

/** Runs the command to its end. */
export function runSandbox(...flags: readonly string[]): Promise<Finished> {
  return spawned(flags).closed;
}

/** Starts the command and waits for the line that says where it serves; ended with the test. */
export async function serveSandbox(flags: readonly string[], cwd?: string): Promise<Running> {
  const { child, closed } = spawned(flags, cwd);
  onTestFinished(() => void child.kill('SIGKILL'));
  const line = await Promise.race([
    once(child.stdout, 'data').then(([chunk]) => String(chunk)),
    closed.then(({ code, stderr }) => {
      throw new Error(`it ended with ${code}: ${stderr}`);
    }),
  ]);
  const { url } = JSON.parse(line) as { url: string };
  return {
    url,
    child,
    stop: () => {
      child.kill('SIGINT');
      return closed;
    },
  };
}
