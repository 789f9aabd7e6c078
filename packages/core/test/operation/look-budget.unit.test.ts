import { createLookBudget } from '@campusg-pay/core';
import { virtualClock } from '@campusg-pay/core/testing';
import { describe, expect, it } from 'vitest';

/** The most looks that so many replicas make within any one second of ten, each asking all the time. */
async function mostInASecond(replicas: number, perSecond: number): Promise<number> {
  const clock = virtualClock();
  const budgets = Array.from({ length: replicas }, () =>
    createLookBudget(clock, perSecond, () => replicas),
  );
  const made: number[] = [];
  for (let tick = 0; tick < 100; tick += 1) {
    made.push(budgets.reduce((sum, budget) => sum + budget.take(perSecond), 0));
    await clock.advance(100);
  }
  const seconds = made.map((_, from) => made.slice(from, from + 10));
  return Math.max(...seconds.map((ticks) => ticks.reduce((sum, one) => sum + one, 0)));
}

describe('a budget of looks', () => {
  it.each([
    [1, 20],
    [2, 20],
    [3, 18],
    [20, 20],
  ])('shared by %i replicas lets all together make %i in any second', async (replicas, most) => {
    expect(await mostInASecond(replicas, 20)).toBe(most);
  });

  it('leaves each of many replicas one look now and then', async () => {
    const clock = virtualClock();
    const budget = createLookBudget(clock, 20, () => 50);
    const taken: number[] = [];
    for (let tenth = 0; tenth < 100; tenth += 1) {
      if (budget.take(20) === 1) taken.push(tenth);
      await clock.advance(100);
    }
    expect(taken).toEqual([0, 25, 50, 75]);
  });

  it('grows as soon as another replica is gone', async () => {
    let replicas = 2;
    const budget = createLookBudget(virtualClock(), 20, () => replicas);
    expect(budget.take(20)).toBe(10);
    expect(budget.take(20)).toBe(0);
    replicas = 1;
    expect(budget.take(20)).toBe(10);
  });

  it('has again what was given back', () => {
    const budget = createLookBudget(virtualClock(), 20, () => 2);
    expect(budget.take(10)).toBe(10);
    budget.giveBack(4);
    expect(budget.take(10)).toBe(4);
  });
});
