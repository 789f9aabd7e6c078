import { describe, expect, it } from 'vitest';
import { readable } from '../src/logging/readable-log.js';

const at = '2026-11-23T13:56:21.109Z';
const base = { level: 30, time: at, service: 'campusg-pay' };

function shown(facts: object): string {
  const line = readable(JSON.stringify({ ...base, ...facts }), { colours: false });
  // The time of day depends on where the reader is.
  expect(line).toMatch(/^\d\d:\d\d:21\.109 {2}/);
  return line.slice('00:00:21.109  '.length);
}

describe('the log on a terminal', () => {
  it('shows a request as one line that names the order', () => {
    const line = shown({
      msg: 'request',
      method: 'POST',
      route: '/api/payment/:order_id/authorize',
      status: 200,
      durationMs: 53.6,
      requestId: 'r-1',
      orderId: 'order_1',
      paymentId: 'p-1',
    });
    expect(line).toBe('POST /api/payment/order_1/authorize 200 in 54 ms\n');
  });

  it('shows of a refused request why, and the id that its answer carries', () => {
    const refused = { msg: 'request', method: 'GET', route: null, status: 404, durationMs: 1 };
    const line = shown({ ...refused, level: 40, requestId: 'r-1', error: 'unknown_route' });
    expect(line).toBe(
      'WARN GET (no such endpoint) 404 in 1 ms  error=unknown_route  requestId=r-1\n',
    );
  });

  it('shows an event by its name and order', () => {
    const line = shown({ msg: 'event', event: 'payment.released', orderId: 'o', amountMinor: 1 });
    expect(line).toBe('event payment.released  orderId=o\n');
  });

  it('shows everything that another line carries', () => {
    const line = shown({ msg: 'database migrated', applied: ['000001_payments'], none: null });
    expect(line).toBe('database migrated  applied=["000001_payments"]\n');
  });

  it('shows a bug with its stack, and an outage with its sentence', () => {
    expect(shown({ level: 50, msg: 'bug', err: { stack: 'Error: x\n  at y' } })).toBe(
      'ERROR bug\n    Error: x\n      at y\n',
    );
    expect(shown({ level: 40, msg: 'outage', err: { stack: '', message: 'No answer.' } })).toBe(
      'WARN outage\n    No answer.\n',
    );
  });

  it('lets no value move the cursor, colour the screen or begin a line', () => {
    const line = shown({ msg: 'request', route: ':order_id', orderId: '\u001b[2J\n\u009b31m$&' });
    expect(line).toContain('�[2J��31m$&');
    expect(line.indexOf('\n')).toBe(line.length - 1);
  });
});
