/** Mistakes in the rules. */
export const mistakes = [
  {
    file: 'packages/core/src/payment/event-cause.ts',
    find: "outcome === 'done' && ANSWERED_BY",
    replace: 'ANSWERED_BY',
    why: 'an event answers the command whose call was superseded',
    tests: ['--project unit packages/core/test/payment packages/core/test/commands'],
  },
  {
    file: 'packages/core/src/operation/operation-steps.ts',
    find: 'now.getTime() + leaseMs)',
    replace: 'now.getTime() + leaseMs / 10)',
    why: 'a lease is a tenth as long as it should be',
    tests: ['--project unit packages/core/test/operation'],
  },
];
