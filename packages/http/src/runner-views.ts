import type { RunnerStanding } from '@campusg-pay/core';
import { z } from 'zod';
import type { Rendered } from './answers.js';

const sums = z.array(
  z.object({ currency: z.string(), amountMinor: z.int().meta({ description: 'In minor units.' }) }),
);

export const runnerView = z.object({
  success: z.literal(true),
  runner: z.object({
    runnerId: z.string(),
    stripeAccount: z
      .string()
      .nullable()
      .meta({ description: 'The connected account that their share is sent to; null: none yet.' }),
    transfersEnabled: z.boolean().meta({
      description:
        'Whether that account can take transfers, as Stripe told last; false where that is not known.',
    }),
    debts: sums.meta({
      description:
        'What was to come back from them and could not, one sum a currency; later transfers pay it.',
    }),
    transferredMinor: sums.meta({
      description: 'What was sent to them and did not come back, one sum a currency.',
    }),
  }),
});

/** The answer about a runner. */
export function renderRunner(standing: RunnerStanding): Rendered<z.output<typeof runnerView>> {
  const { runnerId, stripeAccount, transfersEnabled, debts, transferredMinor } = standing;
  const runner = {
    runnerId,
    stripeAccount,
    transfersEnabled,
    debts: debts.map(({ currency, amountMinor }) => ({ currency, amountMinor })),
    transferredMinor: transferredMinor.map(({ currency, amountMinor }) => ({
      currency,
      amountMinor,
    })),
  };
  return { status: 200, body: { success: true, runner } };
}
