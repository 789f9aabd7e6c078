import { err, ok, type Result } from 'neverthrow';
import type { DatabaseFault } from './database-fault.js';
import type { ConstraintViolated } from './query.js';

/** So many at most in one statement: more are hardly cheaper each, and all wait for the slowest. */
const LARGEST = 64;

/** So many statements of a kind at once, where the first ones are slow. */
const MOST_AT_ONCE = 4;

/** Whoever has waited so long for the statement before it no longer waits: it may be stuck. */
const WAIT_FOR_OTHERS_MS = 20;

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

/** A rule that a row may break, where the statement lists one. */
type Violation = ConstraintViolated<string>;

interface BatchOptions<Item, Answer, Broken extends Violation> {
  /** Runs one statement for all of them; the answers come in the order of the items. */
  readonly run: (
    items: readonly Item[],
  ) => Promise<Result<readonly Answer[], DatabaseFault | Broken>>;
  /** What must not be under way twice, as a row that is changed. */
  readonly namesOf?: (item: Item) => readonly string[];
  /** What becomes of the item, where that is certain once another of the same name was answered so. */
  readonly after?: (item: Item, other: Item, answer: Answer) => Answer | undefined;
}

interface Waiting<Item, Answer, Broken extends Violation> {
  readonly item: Item;
  readonly since: number;
  readonly resolve: (outcome: Result<Answer, DatabaseFault | Broken>) => void;
  readonly reject: (error: unknown) => void;
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
  const busy = new Set<string>();
  let underWay = 0;
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
    const isLate = performance.now() - (waiting[0]?.since ?? 0) >= WAIT_FOR_OTHERS_MS;
    const mayGo =
      underWay === 0 || (underWay < MOST_AT_ONCE && (isLate || waiting.length >= LARGEST));
    if (!mayGo) {
      lookAgain();
      return;
    }
    const { sent, names, left } = split(waiting, busy, options.namesOf);
    waiting = left;
    if (left.length > 0) lookAgain();
    if (sent.length === 0) return;
    underWay += 1;
    for (const name of names) busy.add(name);
    void settle(options, sent).then((answered) => {
      underWay -= 1;
      for (const name of names) busy.delete(name);
      waiting = withoutDecided(waiting, answered, options);
      gather();
    });
  };

  /** While something waits, until the statement before it is done or takes too long. */
  const lookAgain = (): void => {
    if (isWatching) return;
    isWatching = true;
    setTimeout(() => {
      isWatching = false;
      waiting = refuseLate(waiting);
      sendNext();
    }, WAIT_FOR_OTHERS_MS);
  };

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, since: performance.now(), resolve, reject });
      gather();
    });
}

/** The first ones that may go together, what they must not meet, and the others in their order. */
function split<Item, Answer, Broken extends Violation>(
  waiting: readonly Waiting<Item, Answer, Broken>[],
  busy: ReadonlySet<string>,
  namesOf: BatchOptions<Item, Answer, Broken>['namesOf'] = () => [],
) {
  const sent: Waiting<Item, Answer, Broken>[] = [];
  const left: Waiting<Item, Answer, Broken>[] = [];
  const names = new Set<string>();
  // Whoever is left behind keeps those behind it with the same name in their order.
  const passedOver = new Set<string>();
  for (const one of waiting) {
    const own = namesOf(one.item);
    const isFree = own.every(
      (name) => !busy.has(name) && !names.has(name) && !passedOver.has(name),
    );
    const mayGo = isFree && sent.length < LARGEST;
    (mayGo ? sent : left).push(one);
    for (const name of own) (mayGo ? names : passedOver).add(name);
  }
  return { sent, names, left };
}

/** Runs one statement for all, and each by itself where one of them may be to blame. */
async function settle<Item, Answer, Broken extends Violation>(
  { run }: BatchOptions<Item, Answer, Broken>,
  sent: readonly Waiting<Item, Answer, Broken>[],
): Promise<Answered<Item, Answer>[]> {
  const together = await outcomeOf(() => run(sent.map(({ item }) => item)));
  const isOwnFault = together.type === 'threw' || isOfOneRow(together.outcome);
  if (sent.length === 1 || !isOwnFault) {
    return sent.flatMap((one, index) => tell(one, together, index));
  }
  const alone = await Promise.all(
    sent.map(async (one) => tell(one, await outcomeOf(() => run([one.item])), 0)),
  );
  return alone.flat();
}

interface Answered<Item, Answer> {
  readonly item: Item;
  readonly answer: Answer;
}

type Ended<Answer, Broken extends Violation> =
  | {
      readonly type: 'ended';
      readonly outcome: Result<readonly Answer[], DatabaseFault | Broken>;
    }
  | { readonly type: 'threw'; readonly error: unknown };

async function outcomeOf<Answer, Broken extends Violation>(
  run: () => Promise<Result<readonly Answer[], DatabaseFault | Broken>>,
): Promise<Ended<Answer, Broken>> {
  try {
    return { type: 'ended', outcome: await run() };
  } catch (error) {
    return { type: 'threw', error };
  }
}

function tell<Item, Answer, Broken extends Violation>(
  { item, resolve, reject }: Waiting<Item, Answer, Broken>,
  ended: Ended<Answer, Broken>,
  index: number,
): Answered<Item, Answer>[] {
  if (ended.type === 'threw') {
    reject(ended.error);
    return [];
  }
  const outcome = ended.outcome.map((answers) => answers[index] as Answer);
  resolve(outcome);
  return outcome.isOk() ? [{ item, answer: outcome.value }] : [];
}

/** Those of whom the answers of others leave no doubt are told so at once. */
function withoutDecided<Item, Answer, Broken extends Violation>(
  waiting: readonly Waiting<Item, Answer, Broken>[],
  answered: readonly Answered<Item, Answer>[],
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

/** Not executed, and for a reason that need not be the others'. */
function isOfOneRow(outcome: Result<unknown, DatabaseFault | Violation>): boolean {
  if (outcome.isOk()) return false;
  const { error } = outcome;
  if (error.type === 'ConstraintViolated') return true;
  return error.code === LOCK_NOT_AVAILABLE || COLLISIONS.has(error.reason);
}

const LOCK_NOT_AVAILABLE = '55P03';
const COLLISIONS: ReadonlySet<string> = new Set(['deadlock', 'serialization']);

/** Those that have waited as long as one waits for a connection are turned away. */
function refuseLate<Item, Answer, Broken extends Violation>(
  waiting: readonly Waiting<Item, Answer, Broken>[],
): Waiting<Item, Answer, Broken>[] {
  const latest = performance.now() - LONGEST_WAIT_MS;
  return waiting.filter(({ since, resolve }) => {
    if (since > latest) return true;
    resolve(err(TOO_MANY_WAIT));
    return false;
  });
}

const TOO_MANY_WAIT: DatabaseFault = {
  type: 'DatabaseUnavailable',
  reason: 'pool-exhausted',
  outcome: 'not-executed',
  code: undefined,
  message: 'No database connection came free in time.',
};
