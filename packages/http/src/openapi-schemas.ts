import {
  authorizeBody,
  compatReleaseBody,
  compatRevertBody,
  ERRORS,
  releaseBody,
  revertBody,
  runnerBody,
} from '@campusg-pay/adapters/contract';
import { STATUSES } from '@campusg-pay/core';
import { z } from 'zod';
import { cardsView, paymentsView } from './list-views.js';
import { paymentView } from './payment-fields.js';
import {
  authorizedView,
  foundView,
  processingView,
  releasedView,
  revertedView,
  statusView,
} from './payment-views.js';
import { runnerView } from './runner-views.js';

/** The one form of all errors. */
export const errorView = z.object({
  success: z.literal(false),
  error: z.enum(Object.keys(ERRORS)).meta({ description: 'Stable; see each status.' }),
  description: z.string().meta({ description: 'A sentence that a person can act on.' }),
  requestId: z.string().meta({ description: 'Also in the header X-Request-Id and in the log.' }),
  issues: z
    .array(
      z.object({
        field: z.string(),
        rule: z.string(),
        minimum: z.number().optional(),
        maximum: z.number().optional(),
        multipleOf: z.number().optional(),
      }),
    )
    .optional()
    .meta({ description: 'Every invalid field.' }),
  currentStatus: z.enum(STATUSES).optional(),
  field: z.string().optional(),
  operation: z.string().optional(),
  captureBefore: z.iso.datetime({ offset: true }).optional(),
  maximumMinor: z.int().optional().meta({ description: 'Most that can be taken, in minor units.' }),
  leftMinor: z.int().optional().meta({ description: 'What is left to give back, in minor units.' }),
  currency: z.string().optional().meta({ description: 'Of those amounts.' }),
  code: z.string().optional().meta({ description: "Stripe's code." }),
  declineCode: z.string().nullable().optional().meta({ description: "The bank's reason." }),
  card: z
    .object({ brand: z.string(), last4: z.string(), expMonth: z.int(), expYear: z.int() })
    .optional()
    .meta({ description: "The customer's default card, where none was named and it did not do." }),
  paymentId: z.string().optional(),
  paymentIntentId: z.string().nullable().optional(),
  retryable: z.literal(true).optional().meta({
    description: 'The same request may succeed after Retry-After seconds.',
  }),
});

/** What a user has spent and earned in one currency, in major units. */
const totalsView = z.object({
  totalSpent: z.number(),
  totalEarned: z.number(),
  spentCount: z.int(),
  earnedCount: z.int(),
});

const historyView = z.object({
  userId: z.string(),
  ...totalsView.shape,
  currency: z.string(),
  byCurrency: z.array(z.object({ currency: z.string(), ...totalsView.shape })),
});

const acceptedView = z.object({
  success: z.literal(true),
  message: z.string(),
  correlation_id: z.string(),
});

const healthView = z.object({
  status: z.enum(['healthy', 'unhealthy']),
  failing: z.enum(['database', 'kafka_consumer']).optional().meta({ description: 'What is not.' }),
  reason: z.string().optional().meta({
    description:
      'Of kafka_consumer: ended or no_progress. Of database: a sentence, where somebody has to set it right.',
  }),
});

/** What requests are read by, and what answers look like. */
export const SCHEMAS = {
  AuthorizeRequest: authorizeBody,
  ReleaseRequest: releaseBody,
  RevertRequest: revertBody,
  Payment: paymentView,
  Authorized: authorizedView,
  Released: releasedView,
  Reverted: revertedView,
  Processing: processingView,
  Found: foundView,
  Status: statusView,
  Payments: paymentsView,
  Cards: cardsView,
  Error: errorView,
  Health: healthView,
  History: historyView,
  Accepted: acceptedView,
  CompatReleaseRequest: compatReleaseBody,
  CompatRevertRequest: compatRevertBody,
  RunnerRequest: runnerBody,
  Runner: runnerView,
} as const;

export type SchemaName = keyof typeof SCHEMAS;

/**
 * Zod's own JSON Schemas (2020-12, which is what OpenAPI 3.1 takes), referring to each other; all but
 * some.
 */
export function componentSchemas(without: readonly SchemaName[] = []): object {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(SCHEMAS)) {
    if (!without.some((one) => one === id)) registry.add(schema, { id });
  }
  const { schemas } = z.toJSONSchema(registry, {
    io: 'input',
    // `format` says it; the pattern that Zod adds is two hundred characters of leap years.
    override: ({ jsonSchema }) => {
      if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
    },
    uri: (id) => `#/components/schemas/${id}`,
  });
  return Object.fromEntries(
    Object.entries(schemas).map(([id, { $schema: _, $id: __, ...schema }]) => [id, schema]),
  );
}
