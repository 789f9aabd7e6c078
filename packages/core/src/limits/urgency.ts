/**
 * Who waits for a call, the most urgent first: a customer at the till; whoever releases or reverts; a call
 * in doubt; what goes through payments by itself; a comparison of everything.
 */
export const URGENCIES = ['customer', 'release', 'recovery', 'sweep', 'reconcile'] as const;

export type Urgency = (typeof URGENCIES)[number];
