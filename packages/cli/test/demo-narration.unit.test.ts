import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createShow } from '../src/demo/narration.js';
import type { ServiceAnswer } from '../src/demo/service-client.js';

const long = 'The customer must authenticate the payment before it can be held';
const asked: ServiceAnswer = {
  status: 200,
  body: { success: true, description: long, payment: { status: 'INITIATING' } },
};

let lines: string[] = [];
beforeEach(() => {
  lines = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    lines.push(...String(text).trimEnd().split('\n'));
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe('a step of the demo', async () => {
  it.each([60, 80, 120])('fits a terminal of %i columns and lines up', async (columns) => {
    await createShow(columns).step('authorize', asked, { http: 200, payment: 'INITIATING' });
    const at = lines[0]?.indexOf('The customer') ?? 0;
    expect(at).toBe('  authorize  200  INITIATING  '.length);
    for (const line of lines) expect(line.length).toBeLessThan(columns);
    for (const line of lines.slice(1)) expect(line.search(/\S/)).toBe(at);
    expect(lines.map((line) => line.slice(at)).join(' ')).toBe(long);
  });

  it('is one line where nobody watches', async () => {
    await createShow(undefined).step('authorize', asked, { http: 200, payment: 'INITIATING' });
    expect(lines).toEqual([`  authorize  200  INITIATING  ${long}`]);
  });

  it.each([
    ['another HTTP status', { http: 402 }],
    ['another status of the payment', { http: 200, payment: 'AUTHORIZED' }],
  ])('is pointed at and counted when %s was expected', async (_, expected) => {
    const show = createShow(undefined);
    await show.step('authorize', asked, expected);
    expect(lines[0]).toMatch(/ <- not what was expected$/);
    expect(show.unexpected).toBe(1);
  });

  it('shows the state of the record after a revert, not the documented FAILED', async () => {
    const body = { success: true, status: 'FAILED', payment: { status: 'REVERTED' } };
    const show = createShow(undefined);
    await show.step('revert', { status: 200, body }, { http: 200, payment: 'REVERTED' });
    expect(show.unexpected).toBe(0);
    expect(lines[0]).toContain('REVERTED');
  });
});
