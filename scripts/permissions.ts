// The rows of docs/permissions.md: what can be done, and through which door.

/** One thing that can be done. What no door is named for can't be done through it. */
export interface Deed {
  readonly what: string;
  /** Methods of `Escrow` that do it. */
  readonly useCases?: readonly string[];
  /** By `operationId` of docs/openapi.json. */
  readonly http?: readonly string[];
  readonly kafka?: readonly string[];
  /** Commands of `campusg-pay`. */
  readonly terminal?: readonly string[];
  /** What the service does by its settings once it is time. */
  readonly time?: string;
  /** What a person does in Stripe's dashboard, and what becomes of it here. */
  readonly dashboard?: string;
  readonly background?: string;
}

export const DOORS: readonly Deed[] = [
  {
    what: 'authorize: hold the amount',
    useCases: ['authorize'],
    http: ['authorizePayment'],
    kafka: ['authorize_payment'],
  },
  {
    what: 'release: take it, or a part of it, for the runner',
    useCases: ['release'],
    http: ['releasePayment', 'releasePaymentCompat'],
    kafka: ['release_payment'],
    terminal: ['payments release'],
    time: '`HOLD_EXPIRY_ACTION=release`, without a runner',
    dashboard: 'capture: RELEASED, and marked for review',
  },
  {
    what: 'revert: give it back, or a part of what was taken',
    useCases: ['revert'],
    http: ['revertPayment', 'revertPaymentCompat'],
    kafka: ['revert_payment'],
    terminal: ['payments revert'],
    time: '`HOLD_EXPIRY_ACTION=revert`; the hold lapses at Stripe; FAILED where the customer did not authenticate within an hour',
    dashboard:
      'cancel or refund: REVERTED (FAILED before there was a hold); a refund in part: marked for review',
  },
  {
    what: 'read a runner: account, debts, what was sent to them',
    useCases: ['runner'],
    http: ['getRunner'],
    terminal: ['runners show'],
  },
  {
    what: 'set where the money of a runner goes; what waits for it is sent',
    useCases: ['setRunnerAccount'],
    http: ['setRunnerAccount'],
    terminal: ['runners set-account'],
  },
  {
    what: "send the runner's share, once it can be sent",
    useCases: ['sendDueTransfers'],
    background: 'transfer worker; at once with the release where that works',
  },
  {
    what: 'keep a transfer from being sent, or let it be sent',
    useCases: ['pauseTransfer', 'resumeTransfer'],
    terminal: ['transfers send', 'transfers pause', 'transfers resume'],
  },
  {
    what: 'read the cards that a user has saved, asking Stripe',
    useCases: ['cards'],
    http: ['listUserCards'],
  },
  {
    what: 'read a payment, asking Stripe where the record may be behind',
    useCases: ['check', 'checkWithAction'],
    http: [
      'getPaymentStatus',
      'getPaymentDetails',
      'getPaymentStatusCompat',
      'getPaymentDetailsCompat',
    ],
  },
  {
    what: "list payments, and a user's saved cards",
    useCases: ['cards'],
    http: ['listPayments', 'listUserPayments', 'listUserCards'],
  },
  {
    what: 'read records only',
    useCases: ['find', 'history'],
    http: ['getHistory', 'listPayments', 'listUserPayments'],
    terminal: [
      'payments list',
      'payments show',
      'explain',
      'status',
      'transfers list',
      'transfers show',
      'runners list',
      'refunds list',
    ],
  },
  {
    what: 'say that a person has looked (review)',
    useCases: ['reviewed'],
    terminal: ['payments reviewed'],
  },
  {
    what: 'decide on what somebody else asked for, above `OPS_APPROVAL_ABOVE`',
    terminal: ['approvals list', 'approvals approve', 'approvals reject'],
  },
  {
    what: 'find differences between the records and Stripe',
    useCases: ['compare'],
    terminal: [
      'reconcile',
      'reconcile plan',
      'reconcile history',
      'reconcile show',
      'reconcile diff',
    ],
    background: 'compare: the last eight days, every day; it takes in what Stripe says',
  },
  {
    what: 'repair a difference; giving back above `OPS_APPROVAL_ABOVE` only what somebody else has planned',
    useCases: ['repair', 'isOurAccount'],
    terminal: ['reconcile apply', 'reconcile fix'],
  },
  {
    what: 'finish a call whose holder was lost',
    useCases: ['resume'],
    terminal: ['operations list', 'operations resume'],
    background:
      'recovery, every few seconds; also whoever repeats the command or asks for the status',
  },
  {
    what: 'ask Stripe about payments that time moves on',
    useCases: ['sweep'],
    background: 'sweep, every minute',
  },
  {
    what: 'take in what Stripe tells; signed by Stripe, without an API key',
    useCases: ['report', 'catchUp', 'noteAccount'],
    http: ['takeStripeWebhook'],
    terminal: ['webhooks sync'],
    background: 'catch-up, every five minutes',
  },
  {
    what: 'see the page after 3D Secure, which tells nothing of a payment; without an API key',
    http: ['getReturnPage'],
  },
  {
    what: 'move histories that reconciling has proven out of the database',
    terminal: ['archive'],
    background: 'archive, a pass a day, where `ARCHIVE_AFTER_DAYS` is set',
  },
  {
    what: 'publish events (drain the outbox)',
    terminal: ['outbox list', 'outbox retry'],
    background: 'relay',
  },
  { what: 'tell events of the history again', terminal: ['events replay'] },
  {
    what: 'answer a command that waits',
    background: 'command worker, 1 to 60 seconds after the last look',
  },
  {
    what: 'carry out or drop a message that was put aside (dead letter)',
    terminal: ['commands parked list', 'commands parked retry', 'commands parked drop'],
  },
  {
    what: 'delete old idempotency keys (a day) and answered commands (90 days)',
    background: 'retention, every ten minutes',
  },
  {
    what: 'set up and run the service',
    terminal: ['serve', 'migrate', 'kafka topics', 'doctor', 'config', 'demo', 'completion'],
  },
  {
    what: 'see whether the service is well, and its description; without an API key',
    http: ['getHealth', 'getReadiness', 'getLiveness', 'getOpenApi'],
  },
];
