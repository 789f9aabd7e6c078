import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

/** The repository's folder, whatever folder a command was called from. */
export const root = fileURLToPath(new URL('..', import.meta.url));

/** Thrown once the failure has been shown: the caller only has to end with a code. */
export class StepFailed extends Error {}

/** `23 s`, or `4.1 s` where the tenth says something. */
export const seconds = (sinceMs) => {
  const elapsed = (performance.now() - sinceMs) / 1000;
  return `${elapsed < 10 ? elapsed.toFixed(1) : Math.round(elapsed)} s`;
};

/**
 * Runs a command without showing what it prints, unless it fails.
 *
 * @param options.cwd defaults to the repository's folder
 * @param options.env variables to add
 * @returns what it printed on stdout
 * @throws StepFailed after printing everything it said
 */
export const quiet = async (title, command, args, { cwd = root, env = {} } = {}) => {
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // npx is a batch file on Windows, which only a shell runs.
    shell: process.platform === 'win32' && !command.includes('\\'),
  });
  const everything = [];
  const stdout = [];
  child.stdout.on('data', (chunk) => {
    stdout.push(chunk);
    everything.push(chunk);
  });
  child.stderr.on('data', (chunk) => everything.push(chunk));
  const failure = await new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(code === 0 ? undefined : `${signal ?? code}`));
  });
  if (failure !== undefined) {
    process.stderr.write(Buffer.concat(everything));
    console.error(`\n${title} failed (${failure}): ${[command, ...args].join(' ')}`);
    throw new StepFailed(title);
  }
  return Buffer.concat(stdout).toString();
};

/** How often we look whether the shell that npm put above us is still there. */
const orphanCheckMs = 500;

/**
 * Runs a command in the foreground, as if it had been typed.
 *
 * @returns its exit code; 128 + the signal's number if a signal ended it, as shells say it
 */
export const foreground = (command, args, { env = process.env } = {}) => {
  const child = spawn(command, args, { cwd: root, stdio: 'inherit', env });
  const pass = (signal) => child.kill(signal);
  const interrupt = () => {
    // A terminal sends Ctrl-C to the child itself, and npm sends it to us once more. Passing it on
    // would look to the child like an impatient second Ctrl-C.
    if (!process.stdin.isTTY) child.kill('SIGINT');
  };
  process.on('SIGTERM', pass).on('SIGHUP', pass).on('SIGINT', interrupt);

  // npm gives its SIGTERM to a shell that dies of it without telling us: being orphaned says the
  // same. Only under npm, for a shell that starts us in the background may leave.
  const parent = process.ppid;
  const orphanCheck = setInterval(() => {
    if (process.env.npm_lifecycle_event === undefined || process.ppid === parent) return;
    clearInterval(orphanCheck);
    child.kill('SIGTERM');
  }, orphanCheckMs);

  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      clearInterval(orphanCheck);
      process.off('SIGTERM', pass).off('SIGHUP', pass).off('SIGINT', interrupt);
      resolve(code ?? 128 + constants.signals[signal]);
    });
  });
};
