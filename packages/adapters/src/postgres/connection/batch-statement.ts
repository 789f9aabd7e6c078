import type { Result } from 'neverthrow';
import type { DatabaseFault } from './database-fault.js';
import type { ConstraintViolated } from './query.js';

/** A rule that a row may break, where the statement lists one. */
export type Violation = ConstraintViolated<string>;

export interface BatchOptions<Item, Answer, Broken extends Violation> {
  /** Runs one statement for all of them; the answers come in the order of the items. */
  readonly run: (
    items: readonly Item[],
  ) => Promise<Result<readonly Answer[], DatabaseFault | Broken>>;
  /** What must not be under way twice, as a row that is changed. */
  readonly namesOf?: (item: Item) => readonly string[];
  /** What becomes of the item, where that is certain once another of the same name was answered so. */
  readonly after?: (item: Item, other: Item, answer: Answer) => Answer | undefined;
}

export interface Waiting<Item, Answer, Broken extends Violation> {
  readonly item: Item;
  readonly since: number;
  readonly resolve: (outcome: Result<Answer, DatabaseFault | Broken>) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Runs one statement for all, and each by itself where one of them may be to blame. Resolves when the
 * statement for all is over; what goes by itself may take its time.
 *
 * @param ended told of each as soon as it was answered
 */
export async function settle<Item, Answer, Broken extends Violation>(
  { run }: BatchOptions<Item, Answer, Broken>,
  sent: readonly Waiting<Item, Answer, Broken>[],
  ended: (items: readonly Item[], answered: readonly AnsweredItem<Item, Answer>[]) => void,
): Promise<void> {
  const items = sent.map(({ item }) => item);
  const together = await outcomeOf(() => run(items));
  const isOwnFault = together.type === 'threw' || isOfOneRow(together.outcome);
  if (sent.length === 1 || !isOwnFault) {
    ended(
      items,
      sent.flatMap((one, index) => tell(one, together, index)),
    );
    return;
  }
  for (const one of sent) {
    void outcomeOf(() => run([one.item])).then((alone) => {
      ended([one.item], tell(one, alone, 0));
    });
  }
}

export interface AnsweredItem<Item, Answer> {
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
): AnsweredItem<Item, Answer>[] {
  if (ended.type === 'threw') {
    reject(ended.error);
    return [];
  }
  const outcome = ended.outcome.map((answers) => answers[index] as Answer);
  resolve(outcome);
  return outcome.isOk() ? [{ item, answer: outcome.value }] : [];
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
