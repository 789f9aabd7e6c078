import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { moneyLine, moneyWayDocument } from '../src/wording/money-document.js';
import { placeIn, REFUND_PLACE, RUNNER_PLACE } from '../src/wording/money-list-documents.js';

describe('the way of the money', () => {
  it('is one line, in the major units of its currency', () => {
    const sums = { captured: 2098n, transferred: 2000n, reversed: 477n, fee: 98n };
    const way = { ...sums, refunded: 500n, kept: -23n };
    expect(moneyLine(moneyWayDocument(way, 'USD'))).toBe(
      'captured 20.98 = transferred 20.00 - reversed 4.77 + fee 0.98 + refunded 5.00 + kept -0.23 USD',
    );
    expect(moneyLine(moneyWayDocument(way, 'KWD'))).toContain('kept -0.023 KWD');
    expect(moneyLine(moneyWayDocument(way, 'JPY'))).toContain('captured 2098 = transferred 2000');
  });
});

describe('a cursor of a list', () => {
  it('is refused where it is none, whatever it is', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(placeIn(REFUND_PLACE, text)).toBeNull();
      }),
    );
    const runner = Buffer.from(JSON.stringify({ runnerId: 'r' })).toString('base64url');
    expect(placeIn(RUNNER_PLACE, runner)).toEqual({ runnerId: 'r' });
    expect(placeIn(REFUND_PLACE, runner)).toBeNull();
  });
});
