import { describe, expect, it } from 'vitest';
import { hashOf } from '../../src/reconcile/data-hash.js';
import type { RepairPlan } from '../../src/reconcile/plan.js';
import { readPlan } from '../../src/reconcile/plan-file.js';

const digest = (text: string) => `<${text}>`;

function sealedPlan(change: (repair: Record<string, unknown>) => void = () => {}): RepairPlan {
  const drift = {
    type: 'status_differs',
    ours: { id: 'p', orderId: 'o' },
    theirs: null,
    repair: { type: 'report', givesBack: null },
  };
  const one = { drift, precondition: 'x' };
  change(drift.repair);
  const repairs = [{ ...one, hash: hashOf(digest, one) }];
  const plan = {
    format: 'campusg-pay repairs 1',
    installation: 'i',
    runId: 1,
    from: '2026-01-01T00:00:00.000Z',
    to: '2026-01-02T00:00:00.000Z',
    plannedAt: '2026-01-02T00:00:00.000Z',
    plannedBy: 'night',
    repairs,
  };
  return { ...plan, hash: hashOf(digest, plan) } as unknown as RepairPlan;
}

const whole = sealedPlan();
const [repair] = whole.repairs;
const read = (plan: unknown) =>
  readPlan(typeof plan === 'string' ? plan : JSON.stringify(plan), digest);
const without = (name: string) =>
  Object.fromEntries(Object.entries(whole).filter(([own]) => own !== name));

describe('a file of repairs', () => {
  it('is read as it was written, also behind a byte order mark', () => {
    expect(read(whole)._unsafeUnwrap()).toEqual(whole);
    expect(read(`\ufeff${JSON.stringify(whole)}`)._unsafeUnwrap()).toEqual(whole);
  });

  it.each([
    ['', '', /is empty/],
    ['{"format":', '', /is not JSON/],
    ['[]', '', /one JSON object/],
    ['7', '', /one JSON object/],
    [without('format'), 'format', /must be "campusg-pay repairs 1"/],
    [{ ...whole, format: 'campusg-pay repairs 2' }, 'format', /another release/],
    [without('runId'), 'runId', /is missing/],
    [{ ...whole, runId: '1' }, 'runId', /whole number/],
    [{ ...whole, plannedAt: 'then' }, 'plannedAt', /ISO 8601/],
    [{ ...whole, plannedBy: 7 }, 'plannedBy', /a text/],
    [without('hash'), 'hash', /is missing/],
    [{ ...whole, repairs: {} }, 'repairs', /a list/],
    [{ ...whole, repairs: [null] }, 'repairs[0]', /an object/],
    [{ ...whole, repairs: [{ ...repair, hash: 1 }] }, 'repairs[0].hash', /a text/],
    [{ ...whole, repairs: [{ ...repair, drift: [] }] }, 'repairs[0].drift', /an object/],
    [
      { ...whole, repairs: [{ ...repair, drift: { ...repair?.drift, type: 'odd' } }] },
      'repairs[0].drift.type',
      /must be one of duplicate_hold, /,
    ],
    [
      { ...whole, repairs: [{ ...repair, drift: { ...repair?.drift, repair: null } }] },
      'repairs[0].drift.repair',
      /an object/,
    ],
    [
      sealedPlan((act) => {
        act.givesBack = { amountMinor: 0.5 };
      }),
      'repairs[0].drift.repair.givesBack',
      /minor units/,
    ],
    [{ ...whole, repairs: [repair, repair] }, 'repairs[1]', /repairs\[0\] once more/],
    [{ ...whole, plannedBy: 'day' }, '', /was changed/],
    [{ ...whole, repairs: [{ ...repair, precondition: 'y' }] }, 'repairs[0]', /was changed/],
  ])('%#: tells place and rule', (plan, place, rule) => {
    const problem = read(plan)._unsafeUnwrapErr();
    expect(problem.place).toBe(place);
    expect(problem.rule).toMatch(rule);
  });
});
