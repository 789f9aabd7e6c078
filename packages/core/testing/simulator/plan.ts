import { CLAWBACKS, type Clawback, type LapsePolicy } from '@campusg-pay/core';
import { pick, randomOf } from './random.js';

/** What may befall an exchange with the database, with Stripe or with the event log. */
const BEFALLEN = {
  /** Never arrived, and the caller knows. */
  refused: 'never arrived, and the caller knows',
  /** Done, and the answer lost: of a database, the reply to the commit. */
  answer_lost: 'done, and the answer lost',
  /** Never done, and the caller can't know. */
  vanished: 'never done, and the caller cannot know',
  /** The caller gives up; it is done afterwards all the same. */
  late: 'given up, and done afterwards',
} as const;

type Befallen = keyof typeof BEFALLEN;

/** Every trouble the simulator makes, by name; `without` switches it off. */
export const TROUBLES = [
  'database:refused',
  'database:answer_lost',
  'database:vanished',
  'database:late',
  'stripe:refused',
  'stripe:limited',
  'stripe:answer_lost',
  'stripe:vanished',
  'stripe:late',
  'stripe:remembered',
  'stripe:remembered_undone',
  'stripe:frozen',
  'stripe:declined',
  'stripe:challenged',
  'stripe:odd',
  'stripe:foreign',
  'stripe:broke',
  'log:refused',
  'log:answer_lost',
  'log:vanished',
  'log:late',
  'crash',
  'rob',
  'clock:seconds',
  'clock:minutes',
  'clock:days',
  'people',
  'banks',
  'runners',
] as const;

export type Trouble = (typeof TROUBLES)[number];

/** What an exchange may meet: a trouble of its place, or nothing. */
export type Fate = Befallen | StripeFate | 'through';

type StripeFate =
  | 'limited'
  | 'remembered'
  | 'remembered_undone'
  | 'frozen'
  | 'declined'
  | 'challenged'
  /** Done, and answered with what nobody can read. */
  | 'odd'
  /** Done, and answered with the PaymentIntent of another installation. */
  | 'foreign'
  /** The account that is to pay has not that much. */
  | 'broke';

/** One run, completely: the same plan gives the same history to the byte. */
export interface Plan {
  readonly seed: number;
  readonly steps: number;
  readonly replicas: number;
  /** How many commands are under way at most. */
  readonly clients: number;
  /** How many orders are acted on at a time. */
  readonly orders: number;
  /** How many of a hundred exchanges get into trouble. */
  readonly troubled: number;
  /** How long a repeated command waits for the first one. */
  readonly waitMs: number;
  /** People act in the Stripe account; then its webhooks come in the end, otherwise they don't. */
  readonly people: boolean;
  /** Commands come as messages, which are answered by events and replies. */
  readonly messages: boolean;
  /** Runners have accounts, and money goes on to them in parts, and back. */
  readonly money: boolean;
  /** Who bears what is given back once a runner was paid. */
  readonly clawback: Clawback;
  /** What is done about holds that are about to lapse. */
  readonly lapse: LapsePolicy['action'];
  readonly without: ReadonlySet<Trouble>;
  /** Steps at which nothing happens: what shrinking has found to be of no matter. */
  readonly skipped: ReadonlySet<number>;
}

/** The plan that a seed stands for. */
export function planOf(
  seed: number,
  steps: number,
  without: ReadonlySet<Trouble> = new Set(),
): Plan {
  const random = randomOf(seed, -1);
  return {
    seed,
    steps,
    without,
    replicas: pick(random, [2, 3, 4]),
    clients: pick(random, [2, 4, 8]),
    orders: pick(random, [1, 2, 3, 5]),
    troubled: pick(random, [2, 5, 10, 20, 35]),
    waitMs: pick(random, [0, 200, 5000]),
    people: random() < 0.4 && !without.has('people'),
    lapse: pick(random, ['warn', 'release', 'revert'] as const),
    // Numbers of their own, so that nothing else is drawn anew.
    messages: randomOf(seed, -2)() < 0.25,
    money: randomOf(seed, -3)() < 0.75 && !without.has('runners'),
    clawback: pick(randomOf(seed, -4), CLAWBACKS),
    skipped: new Set(),
  };
}
