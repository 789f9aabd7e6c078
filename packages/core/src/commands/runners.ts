import { err, type Result } from 'neverthrow';
import type { DatabaseFault, EscrowPorts } from '../ports.js';
import type { AccountSnapshot, Runner, RunnerStanding } from '../runner/runner.js';

export interface RunnerNotFound {
  readonly type: 'RunnerNotFound';
}

/** A runner, with what they owe and what they got. */
export async function runnerStanding(
  ports: EscrowPorts,
  runnerId: string,
): Promise<Result<RunnerStanding, RunnerNotFound | DatabaseFault>> {
  const found = await ports.runners.find(runnerId);
  if (found.isErr()) return err(found.error);
  return found.value === null ? err({ type: 'RunnerNotFound' }) : withTotals(ports, found.value);
}

/**
 * Sets or changes where a runner's money goes. What waits for it is due at once, and sent by the
 * background within seconds. Stripe is asked whether the account can take it; should it not answer, its
 * next news of the account tells.
 */
export async function setRunnerAccount(
  ports: EscrowPorts,
  wanted: { readonly runnerId: string; readonly stripeAccount: string | null },
): Promise<Result<RunnerStanding, DatabaseFault>> {
  const { runnerId, stripeAccount } = wanted;
  const set = await ports.runners.setAccount({ ...wanted, now: ports.clock.now() });
  if (set.isErr()) return err(set.error);
  if (stripeAccount === null || set.value.transfersEnabled !== null)
    return withTotals(ports, set.value);
  const told = await ports.gateway.account(stripeAccount);
  if (told.isErr() || told.value === null) return withTotals(ports, set.value);
  const noted = await noteAccount(ports, told.value);
  if (noted.isErr()) return err(noted.error);
  const found = await ports.runners.find(runnerId);
  return found.isErr() ? err(found.error) : withTotals(ports, found.value ?? set.value);
}

async function withTotals(
  { runners }: EscrowPorts,
  { runnerId, stripeAccount, transfersEnabled, debts }: Runner,
): Promise<Result<RunnerStanding, DatabaseFault>> {
  const totals = await runners.transferred(runnerId);
  return totals.map((transferredMinor) => ({
    runnerId,
    stripeAccount,
    transfersEnabled: stripeAccount !== null && transfersEnabled === true,
    debts: summed(debts.map(({ currency, leftMinor }) => ({ currency, amountMinor: leftMinor }))),
    transferredMinor,
  }));
}

type Sums = RunnerStanding['debts'];

function summed(amounts: Sums): Sums {
  const sums = new Map<string, number>();
  for (const { currency, amountMinor } of amounts)
    sums.set(currency, (sums.get(currency) ?? 0) + amountMinor);
  return [...sums].map(([currency, amountMinor]) => ({ currency, amountMinor }));
}

/** Takes down what Stripe told of an account; tells of how many runners it is. */
export function noteAccount(
  { runners, clock }: EscrowPorts,
  told: AccountSnapshot,
): Promise<Result<number, DatabaseFault>> {
  return runners.noteAccount({ ...told, now: clock.now() });
}
