import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { root } from './child.mjs';

const file = path.join(root, '.cache', 'preparing.lock');

const isAlive = (pid) => {
  // 0: the file is empty, for its writer died at that moment. As a pid it would be ourselves.
  if (pid === 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
};

const take = () => {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    return false;
  }
};

const owner = () => {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    return 0;
  }
};

/**
 * Runs one preparation at a time: `npm start` in one terminal and `npm test` in another would
 * otherwise empty the same dist folders under each other. A dead process's lock is taken over.
 */
export const alone = async (prepare) => {
  mkdirSync(path.dirname(file), { recursive: true });
  for (let told = false; !take(); told = true) {
    const pid = owner();
    if (!told) console.log(`waiting for process ${pid}, which is installing or building`);
    await wait(200);
    if (!isAlive(pid) && owner() === pid) rmSync(file, { force: true });
  }
  try {
    return await prepare();
  } finally {
    rmSync(file, { force: true });
  }
};
