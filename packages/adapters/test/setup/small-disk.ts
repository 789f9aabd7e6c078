import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const places: string[] = [];

/** Makes the folder a disk of its own of that size, e.g. `20m`. */
export async function mounted(folder: string, size: string): Promise<string> {
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=755`, 'tmpfs', folder]);
  places.push(folder);
  return folder;
}

/** Takes them away again; what still runs there must have been stopped. */
export async function unmountAll(): Promise<void> {
  for (const place of places.splice(0)) execFileSync('umount', ['-l', place]);
}

function mayMount(): boolean {
  const probe = mkdtempSync(join(tmpdir(), 'campusg-pay-mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4k', 'tmpfs', probe], { stdio: 'ignore' });
    execFileSync('umount', [probe]);
    return true;
  } catch {
    return false;
  } finally {
    rmdirSync(probe);
  }
}

/** Whether this process may mount a small disk; root in a plain container may not. */
export const isMountable = mayMount();
if (!isMountable)
  console.warn('The tests of full disks are left out: this process may not mount one.');
