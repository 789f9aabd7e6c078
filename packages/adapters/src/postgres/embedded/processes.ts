import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Is there such a process? A zombie counts as gone: it holds nothing any more. */
export async function isRunning(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it lives, under another user.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
  const stat = await procStat(pid);
  return stat === undefined || stat.state !== 'Z';
}

/**
 * When the process began, in clock ticks since the machine started, or undefined where there is
 * no /proc. Together with the pid it names one process for good, as pids are used again.
 */
export async function startedAt(pid: number): Promise<string | undefined> {
  return (await procStat(pid))?.startTicks;
}

/** The command line of a process, or '' when it can't be read. */
export async function commandLine(pid: number): Promise<string> {
  const fromProc = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => undefined);
  if (fromProc !== undefined) return fromProc.replaceAll('\0', ' ');
  const listed = await run('ps', ['-p', String(pid), '-o', 'args=']).catch(() => undefined);
  return listed?.stdout ?? '';
}

/** Waits until the process is gone; false when it still runs after `timeoutMs`. */
export async function waitForEnd(pid: number, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (await isRunning(pid)) {
    if (Date.now() > deadline) return false;
    await sleep(10);
  }
  return true;
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Fields 3 and 22 of /proc/<pid>/stat; the name before them may itself hold spaces and brackets. */
async function procStat(pid: number): Promise<{ state: string; startTicks: string } | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, startTicks] = [fields?.[0], fields?.[19]];
  return state === undefined || startTicks === undefined ? undefined : { state, startTicks };
}
