import type { MovementRecord } from './money-records.js';

/** What an account has in one currency, in minor units. */
export interface Funds {
  readonly currency: string;
  readonly available: number;
  readonly pending: number;
}

interface Purse {
  total: number;
  /** Movements that were not available yet when somebody last looked. */
  readonly waiting: Map<string, MovementRecord>;
}

function netOf({ amount, fee }: MovementRecord): number {
  return amount - fee;
}

/** The sums of all movements by account and currency, kept up to date as they are put. */
export class Tally {
  readonly #purses = new Map<string, Map<string, Purse>>();

  /** Counts a movement, or another version of one in its place. */
  put(former: MovementRecord | undefined, movement: MovementRecord): void {
    if (former !== undefined) {
      const purse = this.#purse(former.account, former.currency);
      purse.total -= netOf(former);
      purse.waiting.delete(former.id);
    }
    const purse = this.#purse(movement.account, movement.currency);
    purse.total += netOf(movement);
    if (movement.availableOn > movement.created) purse.waiting.set(movement.id, movement);
  }

  /** What an account has at this moment (unix seconds), by currency. */
  of(account: string, now: number): Funds[] {
    const purses = this.#purses.get(account) ?? new Map<string, Purse>();
    return Array.from(purses, ([currency, { total, waiting }]) => {
      let pending = 0;
      for (const movement of waiting.values()) {
        // The clock never goes back, so what is available stays so.
        if (movement.availableOn <= now) waiting.delete(movement.id);
        else pending += netOf(movement);
      }
      return { currency, available: total - pending, pending };
    });
  }

  /** Every account that ever had money. */
  accounts(): string[] {
    return [...this.#purses.keys()];
  }

  #purse(account: string, currency: string): Purse {
    const purses = this.#purses.get(account) ?? new Map<string, Purse>();
    this.#purses.set(account, purses);
    const purse = purses.get(currency) ?? { total: 0, waiting: new Map() };
    purses.set(currency, purse);
    return purse;
  }
}
