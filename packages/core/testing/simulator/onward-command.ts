import type { Command } from './command.js';
import { pick, type Random } from './random.js';
import { NAMED } from './wishes.js';

const ACTS = ['account', 'account', 'standing', 'pause', 'resume', 'resume'] as const;

/** What somebody does about a runner, or about a transfer. */
export function onwardCommand(random: Random, orderId: string): Command {
  const runnerId = pick(random, ['runner-1', 'runner-2']);
  const stripeAccount = pick(random, NAMED);
  const act = pick(random, ACTS);
  const payment = { orderId };
  const doing = {
    account: `sets ${runnerId} to ${stripeAccount}`,
    standing: `looks at ${runnerId}`,
  };
  return {
    says:
      act === 'account' || act === 'standing' ? doing[act] : `${act} the transfer of ${orderId}`,
    orderId,
    asked: null,
    message: null,
    give: async ({ escrow }, correlationId) => {
      const by = { payment, reason: 'somebody says so', correlationId };
      const given = {
        account: () => escrow.setRunnerAccount({ runnerId, stripeAccount }),
        standing: () => escrow.runner(runnerId),
        pause: () => escrow.pauseTransfer(by),
        resume: () => escrow.resumeTransfer(by),
      };
      // Result ignored: what it promises is judged by the records.
      await given[act]();
      return null;
    },
  };
}
