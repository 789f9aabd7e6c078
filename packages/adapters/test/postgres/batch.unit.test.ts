import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { err, ok, type Result } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import { createBatch } from '../../src/postgres/connection/batch.js';
import type { DatabaseFault } from '../../src/postgres/connection/database-fault.js';
import type { ConstraintViolated } from '../../src/postgres/connection/query.js';

type Outcome = Result<string[], DatabaseFault | ConstraintViolated<string>>;

/** Statements that stay under way until the test ends them. */
function statements() {
  const sent: { items: readonly string[]; end: (outcome: Outcome | Error) => void }[] = [];
  const run = (items: readonly string[]) =>
    new Promise<Outcome>((resolve, reject) => {
      const end = (outcome: Outcome | Error) =>
        outcome instanceof Error ? reject(outcome) : resolve(outcome);
      sent.push({ items, end });
    });
  const sentItems = () => sent.map(({ items }) => items);
  const end = (index: number, outcome?: Outcome | Error) =>
    sent[index]?.end(outcome ?? ok(sent[index].items.map((item) => `${item} done`)));
  return { run, sentItems, end };
}

const fault = (reason: DatabaseFault['reason'], code?: string): DatabaseFault => ({
  type: 'DatabaseUnavailable',
  reason,
  outcome: 'not-executed',
  code,
  message: reason,
});

describe('what arrives together', () => {
  it('goes at once where nothing is under way, and in one statement', async () => {
    const { run, sentItems, end } = statements();
    const add = createBatch({ run });
    const both = Promise.all([add('a'), add('b')]);
    await turn();
    expect(sentItems()).toEqual([['a', 'b']]);
    end(0);
    expect((await both).map((one) => one._unsafeUnwrap())).toEqual(['a done', 'b done']);
  });

  it('goes with the next statement while one is under way, in the order of its arrival', async () => {
    const { run, sentItems, end } = statements();
    const add = createBatch({ run });
    const first = add('a');
    await turn();
    const others = ['b', 'c', 'd'].map(add);
    end(0);
    await first;
    await turn();
    await turn();
    expect(sentItems()).toEqual([['a'], ['b', 'c', 'd']]);
    end(1);
    await Promise.all(others);
  });

  it('is at most 64 at once; the others follow', async () => {
    const { run, sentItems, end } = statements();
    const add = createBatch({ run });
    const all = Promise.all(Array.from({ length: 150 }, (_, n) => add(`${n}`)));
    const upTo = async (count: number) => {
      while (sentItems().length < count) await turn();
    };
    for (const index of [0, 1, 2]) {
      await upTo(index + 1);
      end(index);
    }
    expect((await all).map((one) => one._unsafeUnwrap())).toEqual(
      Array.from({ length: 150 }, (_, n) => `${n} done`),
    );
    expect(sentItems().map((items) => items.length)).toEqual([64, 64, 22]);
  });

  it('does not wait for a statement that is stuck, and is answered before it', async () => {
    const { run, end } = statements();
    const add = createBatch({ run });
    const stuck = add('stuck');
    await turn();
    const next = add('next');
    const told = Promise.race([next, stuck]);
    // Whenever it is sent: it is, although the first one is not over.
    const timer = setInterval(() => end(1), 5);
    expect((await told)._unsafeUnwrap()).toBe('next done');
    clearInterval(timer);
    end(0);
    await stuck;
  });

  it('does not wait for any number of statements that are stuck', async () => {
    const { run, sentItems, end } = statements();
    const add = createBatch({ run });
    const stuck: Promise<unknown>[] = [];
    for (let count = 1; count <= 12; count += 1) {
      stuck.push(add(`stuck ${count}`));
      while (sentItems().length < count) await sleep(5);
    }
    for (let index = 0; index < 12; index += 1) end(index);
    await Promise.all(stuck);
  });

  it('never has two of a name in one statement', async () => {
    const { run, sentItems, end } = statements();
    const add = createBatch({ run, namesOf: (item: string) => [item.charAt(0)] });
    const all = Promise.all(['a1', 'b1', 'a2', 'c1', 'a3'].map(add));
    const upTo = async (count: number) => {
      while (sentItems().length < count) await turn();
    };
    for (const index of [0, 1, 2]) {
      await upTo(index + 1);
      end(index);
    }
    await all;
    expect(sentItems()).toEqual([['a1', 'b1', 'c1'], ['a2'], ['a3']]);
  });

  it('is told what the answer to another of its name leaves no doubt of', async () => {
    const { run, sentItems, end } = statements();
    const add = createBatch({
      run,
      namesOf: (item: string) => [item.charAt(0)],
      after: (item: string, other: string, answer: string) => `${item} after ${other}: ${answer}`,
    });
    const all = Promise.all(['a1', 'a2'].map(add));
    await turn();
    end(0);
    expect((await all).map((one) => one._unsafeUnwrap())).toEqual([
      'a1 done',
      'a2 after a1: a1 done',
    ]);
    expect(sentItems()).toEqual([['a1']]);
  });
});

describe('a statement of several that fails', () => {
  const own = [
    ['a rule', err({ type: 'ConstraintViolated', constraint: 'some_rule' } as const)],
    ['a lock that somebody else holds', err(fault('timeout', '55P03'))],
    ['a deadlock', err(fault('deadlock', '40P01'))],
    ['a bug', new Error('bug: of one of them')],
  ] as const;

  it.each(own)('for %s is sent again row by row, and only one hears of it', async (_, outcome) => {
    const { run, sentItems, end } = statements();
    const add = createBatch<string, string, ConstraintViolated<string>>({ run });
    const all = ['good', 'bad', 'fine'].map(add);
    const told = Promise.allSettled(all);
    await turn();
    end(0, outcome);
    while (sentItems().length < 4) await turn();
    expect(sentItems().slice(1)).toEqual([['good'], ['bad'], ['fine']]);
    end(1);
    end(2, outcome);
    end(3);
    const [good, bad, fine] = await told;
    expect(good).toMatchObject({ value: ok('good done') });
    expect(fine).toMatchObject({ value: ok('fine done') });
    if (outcome instanceof Error) expect(bad).toEqual({ status: 'rejected', reason: outcome });
    else expect(bad).toEqual({ status: 'fulfilled', value: outcome });
  });

  it('frees each as soon as it is answered by itself, however long another takes', async () => {
    const { run, sentItems, end } = statements();
    const add = createBatch({ run, namesOf: (item: string) => [item.charAt(0)] });
    const stuck = add('s1');
    const quick = add('q1');
    await turn();
    end(0, err(fault('timeout', '55P03')));
    while (sentItems().length < 3) await turn();
    end(2);
    expect((await quick)._unsafeUnwrap()).toBe('q1 done');
    const next = add('q2');
    while (sentItems().length < 4) await turn();
    expect(sentItems()[3]).toEqual(['q2']);
    end(3);
    await next;
    end(1);
    await stuck;
  });

  it.each([
    ['connection', undefined],
    ['timeout', '57014'],
    ['read-only', '25006'],
  ] as const)('for an outage (%s) fails for all, and is not sent again', async (reason, code) => {
    const { run, sentItems, end } = statements();
    const add = createBatch({ run });
    const all = Promise.all(['a', 'b'].map(add));
    await turn();
    end(0, err(fault(reason, code)));
    for (const told of await all) expect(told._unsafeUnwrapErr()).toMatchObject({ reason });
    await turn();
    expect(sentItems()).toHaveLength(1);
  });
});
