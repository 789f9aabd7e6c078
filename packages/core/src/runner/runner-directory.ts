import type { Result } from 'neverthrow';
import type { DatabaseFault } from '../database-fault.js';
import type { AccountSnapshot, Runner, RunnerStanding } from './runner.js';

/** Who the runners are. Each method is one statement, committed when it returns. */
export interface RunnerDirectory {
  /** The runner with their open debts; null for one that nobody has told of. */
  find(runnerId: string): Promise<Result<Runner | null, DatabaseFault>>;
  /**
   * Sets or changes where a runner's money goes; another account is one of which nothing is known yet.
   * What waits for the runner is due at once.
   */
  setAccount(wanted: {
    readonly runnerId: string;
    readonly stripeAccount: string | null;
    /** What is known of the account; left out: what was known of the same one, else nothing. */
    readonly transfersEnabled?: boolean;
    readonly now: Date;
  }): Promise<Result<Runner, DatabaseFault>>;
  /** What was sent to a runner and did not come back, added up for each currency, in its order. */
  transferred(runnerId: string): Promise<Result<RunnerStanding['transferredMinor'], DatabaseFault>>;
  /**
   * Takes down what Stripe told of an account; where it can take transfers now, what waits for it is
   * due at once. Tells of how many runners it is.
   */
  noteAccount(
    told: AccountSnapshot & { readonly now: Date },
  ): Promise<Result<number, DatabaseFault>>;
}
