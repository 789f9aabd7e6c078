import { z } from 'zod';
import { isHostAndPort } from './address-rules.js';
import { listOf } from './text-list.js';

/** `KAFKA_BROKERS`, also under Kafka's own name for it. */
export const brokers = {
  schema: z
    .string()
    .transform((text) => listOf(text))
    .refine((all) => all.length > 0 && all.every(isHostAndPort)),
  rule: 'a comma-separated list of host:port',
};

/** What Kafka itself admits. */
export const topic = {
  schema: z.string().regex(/^(?!\.{1,2}$)[\w.-]{1,249}$/),
  rule: 'a topic name: up to 249 letters, digits, dots, dashes and underscores',
};
