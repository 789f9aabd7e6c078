import { afterEach, describe, expect, it, vi } from 'vitest';
import { createLogger } from '../src/logging/logger.js';

const { isTTY } = process.stdout;

afterEach(() => {
  vi.restoreAllMocks();
  process.stdout.isTTY = isTTY;
});

/** The line of these facts, in JSON. */
function told(facts: object): string {
  const lines: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((line) => {
    lines.push(String(line));
    return true;
  });
  // On a terminal lines go through the stream, where they can be caught.
  process.stdout.isTTY = true;
  createLogger({ level: 'info', readable: false }).info(facts, 'a line');
  return lines.join('');
}

describe('the log', () => {
  it.each([
    ['a fact', { secretKey: 'sk_live_1' }],
    ['a part of a fact', { request: { authorization: 'sk_live_1' } }],
    ['a property of an error', { err: Object.assign(new Error('no'), { password: 'sk_live_1' }) }],
    ['the error itself', Object.assign(new Error('no'), { clientSecret: 'sk_live_1' })],
  ])('masks a secret that is %s', (_what, facts) => {
    const line = told(facts);
    expect(line).toContain('[secret]');
    expect(line).not.toContain('sk_live_1');
  });

  it('leaves all else as it is', () => {
    expect(told({ orderId: 'o-1', err: new Error('no') })).toContain('"orderId":"o-1"');
  });

  it('leaves out a URL that could not be read', () => {
    const address = 'postgres://user:hunter2@a:1,b:2/payments';
    const unreadable = () => {
      try {
        return new URL(address);
      } catch (error) {
        return error;
      }
    };
    const line = told({ err: unreadable() });
    expect(line).toContain('ERR_INVALID_URL');
    expect(line).not.toContain('hunter2');
  });
});
