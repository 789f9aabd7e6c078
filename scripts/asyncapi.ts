import { z } from 'zod';
import { authorizePayload } from '../packages/adapters/src/contract/command-requests.js';
import {
  envelope,
  type MessageType,
  PAYLOADS,
  SOURCE,
} from '../packages/adapters/src/contract/event-payloads.js';
import {
  releasePayload,
  revertPayload,
} from '../packages/adapters/src/contract/movement-bodies.js';
import type { CommandType } from '../packages/core/src/handling/command.js';

const MEANINGS: Readonly<Record<MessageType, string>> = {
  'payment.authorized': 'The amount is held. Answers authorize_payment.',
  'payment.expiring':
    'The hold lapses soon, at `capture_before`, and is neither released nor reverted. Answers nobody.',
  'payment.runner_named':
    'The runner of what was captured before the hold lapsed. The release that named it is answered ' +
    'by a payment.released.',
  'payment.released':
    'The amount was taken for the runner. Answers release_payment. With KAFKA_REPLY_DIALECT=campusg ' +
    'and the status REVERTED: it was given back.',
  'payment.reverted':
    'The amount was given back: hold let go or lapsed, or money refunded. Answers revert_payment, and ' +
    'an authorize_payment that was overtaken by a revert.',
  'payment.failed':
    'There is no hold (status FAILED), or a command was refused and the payment is as it was.',
  'payment.requires_action':
    'The customer must authenticate. No final answer: the authorize_payment goes on waiting. The ' +
    'secret for it is only in the answer over HTTP.',
  'payment.refund_pending':
    'A refund was made, and the bank has still to say yes to it. The revert_payment goes on waiting.',
  'payment.refunded':
    'A part was given back. Answers the revert_payment that asked for it; one that was made outside ' +
    'of this service answers nobody.',
  'payment.refund_failed':
    'A refund came to nothing: the customer does not have the money. Answers nobody; a revert_payment ' +
    'that waits for it is answered by a payment.failed.',
  'payment.transfer_owed':
    "The runner's share is owed, and sent by itself as soon as it can be. Answers nobody.",
  'payment.transfer_sent': "The runner's share was sent to their Stripe account. Answers nobody.",
  'payment.transfer_waiting':
    "The runner's share can't be sent now (`transfer.reason`), is paused, waits for a person, or is " +
    'not to be sent any more (`transfer.status`). Answers nobody.',
  'payment.transfer_reversed':
    'A part of what was sent to the runner came back, or all of it. Answers nobody.',
  'payment.runner_debt':
    'What was to come back from the runner and could not: they owe it, and later transfers pay it. Answers nobody.',
  'payment.disputed':
    "The customer's bank wants the money back, or something about that has changed. Answers nobody.",
  'payment.dispute_closed': 'The dispute is over: won, or lost. Answers nobody.',
  'payment.review_needed': 'A person must look at this payment. Answers nobody.',
  'payment.reviewed': 'A person has looked, and says what came of it. Answers nobody.',
};

const COMMANDS = {
  authorize_payment: {
    payload: authorizePayload,
    summary: "Hold an order's amount on the customer's card.",
  },
  release_payment: { payload: releasePayload, summary: 'Take a held amount for the runner.' },
  revert_payment: {
    payload: revertPayload,
    summary: 'Give the money back: cancel, void or refund, as the payment stands.',
  },
} as const satisfies Record<CommandType, { payload: z.ZodType; summary: string }>;

/** The AsyncAPI 3 document of both topics, made from the schemas that messages are made and read by. */
export function asyncApiDocument(version: string): object {
  const events = Object.keys(PAYLOADS) as MessageType[];
  const commands = Object.keys(COMMANDS) as CommandType[];
  return {
    asyncapi: '3.1.0',
    info: {
      title: 'CampusG Pay',
      version,
      description:
        'What happens to payments, and the commands of the platform. Each command is answered once, ' +
        'however often it is delivered, by a message with its `correlation_id`. Messages may come ' +
        'more than once; those of an order come in order. See docs/consuming-events.md.',
      license: { name: 'MIT' },
    },
    defaultContentType: 'application/json',
    servers: { kafka: { host: 'localhost:9092', protocol: 'kafka' } },
    channels: {
      payment_events: channel('payment_events', 'Events and replies; KAFKA_EVENTS_TOPIC.', events),
      payment_commands: channel('payment_commands', 'Commands; KAFKA_COMMANDS_TOPIC.', commands),
    },
    operations: {
      tellEvents: operation('send', 'payment_events', events),
      takeCommands: operation('receive', 'payment_commands', commands),
    },
    components: {
      messages: Object.fromEntries([...events.map(event), ...commands.map(command)]),
      schemas: { CloudEventsHeaders: cloudEventsHeaders },
    },
  };
}

function channel(address: string, description: string, names: readonly string[]): object {
  const messages = names.map((name) => [name, { $ref: `#/components/messages/${name}` }]);
  return {
    address,
    description,
    messages: Object.fromEntries(messages),
    bindings: { kafka: { topic: address, bindingVersion: '0.5.0' } },
  };
}

function operation(action: 'send' | 'receive', topic: string, names: readonly string[]): object {
  return {
    action,
    channel: { $ref: `#/channels/${topic}` },
    messages: names.map((name) => ({ $ref: `#/channels/${topic}/messages/${name}` })),
  };
}

function event(type: MessageType): [string, object] {
  return [
    type,
    {
      ...message(type, MEANINGS[type], envelope(type, PAYLOADS[type]), 'output'),
      headers: { $ref: '#/components/schemas/CloudEventsHeaders' },
      bindings: keyed('The order id, or what comes closest to it where none is known.'),
    },
  ];
}

function command(type: CommandType): [string, object] {
  const { payload, summary } = COMMANDS[type];
  const schema = z.object({
    type: z.literal(type),
    correlation_id: z.string().min(1).max(200).meta({
      description: 'Under which it is answered. One saga may use it for a command of each type.',
    }),
    timestamp: z.string().optional(),
    payload,
  });
  return [
    type,
    {
      ...message(type, summary, schema, 'input'),
      bindings: keyed('Whatever keeps an order in one partition: best the order id.'),
    },
  ];
}

function message(name: string, summary: string, schema: z.ZodType, io: 'input' | 'output'): object {
  const { $schema: _, ...payload } = z.toJSONSchema(schema, {
    target: 'draft-7',
    io,
    // `format` says it; the pattern that Zod adds is two hundred characters of leap years. And
    // whoever reads is to ignore what a later version adds.
    override: ({ jsonSchema }) => {
      if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
      if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
    },
  });
  return {
    name,
    title: name,
    summary,
    contentType: 'application/json',
    correlationId: { location: '$message.payload#/correlation_id' },
    payload,
  };
}

function keyed(description: string): object {
  return { kafka: { key: { type: 'string', description }, bindingVersion: '0.5.0' } };
}

const cloudEventsHeaders = {
  type: 'object',
  description: 'CloudEvents 1.0 in binary mode.',
  required: ['ce_specversion', 'ce_id', 'ce_source', 'ce_type', 'ce_time', 'content-type'],
  properties: {
    ce_specversion: { type: 'string', const: '1.0' },
    ce_id: {
      type: 'string',
      description: 'The same on every delivery: drop what was seen before.',
    },
    ce_source: { type: 'string', const: SOURCE },
    ce_type: { type: 'string', description: '`type` of the value.' },
    ce_time: { type: 'string', format: 'date-time' },
    ce_replay: {
      type: 'string',
      const: 'true',
      description: 'Told once more from the history; it answers nobody.',
    },
    'content-type': { type: 'string', const: 'application/json' },
  },
};
