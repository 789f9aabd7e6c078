import { readdir, readFile } from 'node:fs/promises';

/** What the kernel knows of processes, in milliseconds and bytes. Linux only: elsewhere it is null. */

const TICK_MS = 10;

/** Time on a processor of all threads of a process so far. */
export async function cpuMsOf(pid: number): Promise<number | null> {
  const tasks = await readdir(`/proc/${pid}/task`).catch(() => null);
  if (tasks === null) return null;
  const each = await Promise.all(tasks.map((task) => nanoseconds(`/proc/${pid}/task/${task}`)));
  return each.reduce((sum, one) => sum + one, 0) / 1e6;
}

/** The same of a process and all that it started, also of those that have ended: a whole Postgres. */
export async function cpuMsOfFamily(pid: number): Promise<number | null> {
  const own = await statOf(pid);
  if (own === null) return null;
  const all = await readdir('/proc');
  const stats = await Promise.all(
    all.filter((name) => /^\d+$/.test(name)).map((name) => statOf(Number(name))),
  );
  const children = stats.filter((one) => one?.parent === pid);
  const alive = [own, ...children.filter((one) => one !== null)];
  const each = await Promise.all(alive.map((one) => nanoseconds(`/proc/${one.pid}`)));
  return own.endedChildrenMs + each.reduce((sum, one) => sum + one, 0) / 1e6;
}

/** Memory that is held right now. */
export async function residentBytes(pid: number): Promise<number | null> {
  const text = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(text) ?? [];
  return kilobytes === undefined ? null : Number(kilobytes) * 1024;
}

/** The first figure of schedstat is the time on a processor. */
async function nanoseconds(folder: string): Promise<number> {
  const text = await readFile(`${folder}/schedstat`, 'utf8').catch(() => '0');
  return Number(text.split(' ')[0]);
}

/** Fields 4, 16 and 17 of /proc/<pid>/stat; the name before them may itself hold spaces and brackets. */
async function statOf(pid: number) {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  if (text === null) return null;
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [parent, ended, endedInKernel] = [fields[1], fields[13], fields[14]].map(Number);
  return { pid, parent, endedChildrenMs: ((ended ?? 0) + (endedInKernel ?? 0)) * TICK_MS };
}
