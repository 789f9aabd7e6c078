import { err, ok, type Result } from 'neverthrow';
import {
  type AnsweredItem,
  type BatchOptions,
  settle,
  type Violation,
  type Waiting,
} from './batch-statement.js';
import { type DatabaseFault, notExecuted } from './database-fault.js';

/** So many at most in one statement: more are hardly cheaper each, and all wait for the slowest. */
const LARGEST = 64;

/** So many statements of a kind at once, where the first ones are slow. */
const MOST_AT_ONCE = 4;

/** Whoever has waited so long for the statement before it no longer waits: it may be stuck. */
const WAIT_FOR_OTHERS_MS = 20;

/** What is under way for so long waits for something that is not ours, and nobody waits for it. */
const STUCK_AFTER_MS = 100;

/** As long as a connection is waited for. */
const LONGEST_WAIT_MS = 5_000;

/**
 * How a statement of several begins: it waits but shortly for a lock that somebody else holds, so that
 * its neighbours don't. Then each goes by itself, and waits for its own as long as the session says.
 */
export const SHORT_LOCK_WAIT = `
    (select set_config('lock_timeout', coalesce(:lockTimeout, current_setting('lock_timeout')), true))
      as patience` as const;

/** The parameter of {@link SHORT_LOCK_WAIT}. */
export function lockTimeoutFor(items: readonly unknown[]): string | null {
  return items.length > 1 ? '100ms' : null;
}

/**
 * Gathers what arrives together into one statement and one commit. What comes while nothing is under way
 * goes at once; what comes meanwhile goes with the next statement, in the order of its arrival.
 *
 * One bad row is no trouble of its neighbours': where a statement of several fails for something that one
 * of them may have brought along (a violated rule, a lock that somebody else holds, a deadlock, a bug),
 * nothing of it is written, and each goes by itself. An outage is everybody's.
 */
export function createBatch<Item, Answer, Broken extends Violation = never>(
  options: BatchOptions<Item, Answer, Broken>,
): (item: Item) => Promise<Result<Answer, DatabaseFault | Broken>> {
  let waiting: Waiting<Item, Answer, Broken>[] = [];
  const { namesOf = () => [] } = options;
  /** What is being changed. */
  const busy = new Set<string>();
  /** When the statements began that are under way. */
  const underWay = new Set<{ readonly since: number }>();
  let isGathering = false;
  let isWatching = false;

  const gather = (): void => {
    if (isGathering) return;
    isGathering = true;
    // What else this turn of the event loop brings goes along.
    setImmediate(() => {
      isGathering = false;
      sendNext();
    });
  };

  const sendNext = (): void => {
    if (waiting.length === 0) return;
    const { sent, left } = split(waiting, busy, namesOf);
    const [first] = sent;
    if (first === undefined || !mayGo(first, sent.length)) {
      lookAgain();
      return;
    }
    waiting = left;
    if (left.length > 0) lookAgain();
    for (const { item } of sent) for (const name of namesOf(item)) busy.add(name);
    const statement = { since: performance.now() };
    underWay.add(statement);
    void settle(options, sent, ended).then(() => {
      underWay.delete(statement);
      gather();
    });
  };

  const mayGo = ({ since }: { readonly since: number }, count: number): boolean => {
    const now = performance.now();
    const moving = [...underWay].filter((one) => now - one.since < STUCK_AFTER_MS).length;
    const isTime = now - since >= WAIT_FOR_OTHERS_MS || count >= LARGEST;
    return moving === 0 || (moving < MOST_AT_ONCE && isTime);
  };

  const ended = (items: readonly Item[], answered: readonly AnsweredItem<Item, Answer>[]): void => {
    for (const item of items) for (const name of namesOf(item)) busy.delete(name);
    waiting = withoutDecided(waiting, answered, options);
    gather();
  };

  /** While something waits, until the statement before it is done or takes too long. */
  const lookAgain = (): void => {
    if (isWatching) return;
    isWatching = true;
    setTimeout(() => {
      isWatching = false;
      waiting = refuseLate(waiting, ({ item }) => namesOf(item).some((name) => busy.has(name)));
      sendNext();
    }, WAIT_FOR_OTHERS_MS);
  };

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, since: performance.now(), resolve, reject });
      gather();
    });
}

/** The first ones that may go together, and the others in their order. */
function split<Item, Answer, Broken extends Violation>(
  waiting: readonly Waiting<Item, Answer, Broken>[],
  busy: ReadonlySet<string>,
  namesOf: (item: Item) => readonly string[],
) {
  const sent: Waiting<Item, Answer, Broken>[] = [];
  const left: Waiting<Item, Answer, Broken>[] = [];
  // Whoever is left behind keeps those behind it with the same name in their order.
  const taken = new Set<string>();
  for (const one of waiting) {
    const names = namesOf(one.item);
    const isFree = names.every((name) => !busy.has(name) && !taken.has(name));
    (isFree && sent.length < LARGEST ? sent : left).push(one);
    for (const name of names) taken.add(name);
  }
  return { sent, left };
}

/** Those of whom the answers of others leave no doubt are told so at once. */
function withoutDecided<Item, Answer, Broken extends Violation>(
  waiting: readonly Waiting<Item, Answer, Broken>[],
  answered: readonly AnsweredItem<Item, Answer>[],
  { namesOf, after }: BatchOptions<Item, Answer, Broken>,
): Waiting<Item, Answer, Broken>[] {
  if (namesOf === undefined || after === undefined) return [...waiting];
  const byName = new Map(answered.flatMap((one) => namesOf(one.item).map((name) => [name, one])));
  return waiting.filter(({ item, resolve }) => {
    const other = namesOf(item).flatMap((name) => byName.get(name) ?? [])[0];
    const decided = other && after(item, other.item, other.answer);
    if (decided !== undefined) resolve(ok(decided));
    return decided === undefined;
  });
}

/** Those that have waited as long as one waits for a connection are turned away. */
function refuseLate<Item, Answer, Broken extends Violation>(
  waiting: readonly Waiting<Item, Answer, Broken>[],
  isHeldUp: (one: Waiting<Item, Answer, Broken>) => boolean,
): Waiting<Item, Answer, Broken>[] {
  const latest = performance.now() - LONGEST_WAIT_MS;
  return waiting.filter((one) => {
    if (one.since > latest) return true;
    // As where the database says it: a change of the same row is stuck, or all connections are.
    one.resolve(err(notExecuted(isHeldUp(one) ? 'timeout' : 'pool-exhausted')));
    return false;
  });
}
