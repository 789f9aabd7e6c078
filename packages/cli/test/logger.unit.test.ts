import { expect, it, vi } from 'vitest';
import { createLogger } from '../src/logging/logger.js';

it('a URL that could not be read is logged without itself', () => {
  const lines: string[] = [];
  // To a terminal it is written by the stream, which can be read along here.
  const { isTTY } = process.stdout;
  process.stdout.isTTY = true;
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((line) => {
    lines.push(String(line));
    return true;
  });
  try {
    new URL('postgres://user:hunter2@a:1,b:2/payments');
  } catch (err) {
    createLogger({ level: 'error', readable: false }).error({ err }, 'a bug');
  } finally {
    write.mockRestore();
    process.stdout.isTTY = isTTY;
  }
  expect(lines.join('')).toContain('ERR_INVALID_URL');
  expect(lines.join('')).not.toContain('hunter2');
});
