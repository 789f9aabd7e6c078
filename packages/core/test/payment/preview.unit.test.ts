import { movesOf, type Payment, preview, TRANSITIONS } from '@campusg-pay/core';
import { describe, expect, it } from 'vitest';
import { VIRTUAL_START } from '../../testing/clock.js';
import { asked, closes, DECLINED, given, held, learned, opens } from '../../testing/samples.js';
import { DISPUTE } from '../situations.js';

const NOW = VIRTUAL_START;
const released = { type: 'released', runnerId: 'runner', receivedMinor: 2098 } as const;
const voided = { type: 'reverted', revertMethod: 'voided', reason: null } as const;
const failed = { type: 'failed', failure: DECLINED } as const;

const HELD = held();
const WAITING = given(asked(), closes, learned);
const RELEASED = given(HELD, released);

/** What would be done, in a word. */
function word(payment: Payment | null, type: 'release' | 'revert'): string {
  const wish = type === 'release' ? { type, runnerId: 'runner' } : { type, reason: null };
  const previewed = preview(payment, wish, NOW);
  return previewed.match(
    ({ call, written }) => call ?? written ?? 'nothing',
    (refusal) => refusal.type,
  );
}

describe('what a wish would lead to', () => {
  it.each([
    ['no payment', null, 'PaymentNotFound', 'PaymentNotFound'],
    ['one that is under way', asked(), 'WrongStatus', 'revert_requested'],
    ['one that waits for the customer', WAITING, 'WrongStatus', 'void'],
    ['a hold', HELD, 'capture', 'void'],
    [
      'a hold that is being captured',
      given(HELD, opens({ kind: 'capture', params: { runnerId: 'runner' } })),
      'nothing',
      'OperationInProgress',
    ],
    ['a release', RELEASED, 'nothing', 'refund'],
    ['one that was given back', given(HELD, voided), 'WrongStatus', 'nothing'],
    ['one that failed', given(WAITING, failed), 'WrongStatus', 'WrongStatus'],
  ])('is told of %s', (_, payment, release, revert) => {
    expect([word(payment, 'release'), word(payment, 'revert')]).toEqual([release, revert]);
  });
});

describe('what would be done', () => {
  const call = (kind: string) => ({ call: kind, written: null });
  const release = (payment: Payment) =>
    preview(payment, { type: 'release', runnerId: 'runner' }, NOW)._unsafeUnwrap();
  const revert = (payment: Payment) =>
    preview(payment, { type: 'revert', reason: null }, NOW)._unsafeUnwrap();

  it('is a call, or something that is written down, or neither', () => {
    expect(release(HELD)).toEqual(call('capture'));
    expect(revert(HELD)).toEqual(call('void'));
    expect(revert(RELEASED)).toEqual(call('refund'));
    const nobodys = given(HELD, { ...released, runnerId: null });
    expect(release(nobodys)).toEqual({ call: null, written: 'runner_named' });
    expect(revert(asked())).toEqual({ call: null, written: 'revert_requested' });
    expect(release(RELEASED)).toEqual({ call: null, written: null });
  });

  it('is told of both wishes', () => {
    const { release: first, revert: second } = movesOf(HELD, NOW);
    expect(first._unsafeUnwrap()).toEqual(call('capture'));
    expect(second._unsafeUnwrap()).toEqual(call('void'));
  });
});

describe('the moves of a payment', () => {
  const arrowsFrom = (payment: Payment) => movesOf(payment, NOW).arrows.map(({ event }) => event);

  it('are the arrows of its status, and a release to the runner that it has', () => {
    expect(movesOf(HELD, NOW).arrows).toEqual(
      TRANSITIONS.filter(
        ({ from, event }) =>
          from === 'AUTHORIZED' && event !== 'review_needed' && event !== 'reviewed',
      ),
    );
    expect(movesOf(RELEASED, NOW).release.isOk()).toBe(true);
    expect(arrowsFrom(RELEASED)).toEqual(['reverted']);
  });

  it('name a runner where it was captured without one, once nobody must look at it any more', () => {
    const captured = given(HELD, { ...released, runnerId: null });
    const marked = given(captured, { type: 'review_needed', reason: 'captured outside' });
    expect(word(captured, 'release')).toBe('runner_named');
    expect(arrowsFrom(captured)).toEqual(['runner_named', 'reverted']);
    expect(movesOf(marked, NOW).release.isErr()).toBe(true);
    expect(arrowsFrom(marked)).toEqual(['reverted']);
    const looked = given(marked, { type: 'reviewed', note: 'paid by hand' });
    expect(arrowsFrom(looked)).toEqual(['runner_named', 'reverted']);
  });

  it('give nothing back while a bank disputes it', () => {
    const disputed = given(RELEASED, { type: 'disputed', dispute: DISPUTE });
    const { revert, arrows } = movesOf(disputed, NOW);
    expect(revert._unsafeUnwrapErr()).toMatchObject({ type: 'Disputed', dispute: DISPUTE });
    expect(arrows).toEqual([]);
  });

  it.each(['won', 'warning_needs_response'])(
    'are as before where the dispute leaves us the money: %s',
    (status) => {
      const dispute = { ...DISPUTE, status };
      const disputed = given(RELEASED, { type: 'disputed', dispute });
      expect(movesOf(disputed, NOW).revert.isOk()).toBe(true);
      expect(arrowsFrom(disputed)).toEqual(['reverted']);
    },
  );

  it('are none once the status is final', () => {
    expect(movesOf(given(HELD, voided), NOW).arrows).toEqual([]);
  });
});
