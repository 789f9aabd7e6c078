// Consumes what CampusG Pay tells: keeps the state of each payment, and hears the answers to the
// commands of a saga. docs/consuming-events.md explains the rules.
//
//   KAFKA_BROKERS=localhost:9092 node examples/consume-events.mjs [correlation id ...]
//
// It keeps what it knows in memory. A real consumer keeps it in its database, in one transaction
// with what it does because of a message, so that doing and knowing never come apart.
import { Kafka, logLevel } from 'kafkajs';

const topic = process.env.KAFKA_EVENTS_TOPIC ?? 'payment_events';
const kafka = new Kafka({
  brokers: (process.env.KAFKA_BROKERS ?? 'localhost:9092').split(','),
  logLevel: logLevel.ERROR,
});

/** The last version seen of each payment. */
const versions = new Map();

/** The commands whose answer is waited for: correlation id and the types that answer it. */
const waiting = new Set(process.argv.slice(2));

/** The types that are final answers. All others tell of something on the way, or of nobody's wish. */
const FINAL = new Set([
  'payment.authorized',
  'payment.released',
  'payment.reverted',
  'payment.failed',
]);

/** What a payment has become: each version once, in order, whatever is delivered twice. */
function project({ payload }) {
  const { payment_id: payment, version } = payload;
  // Nothing has happened: the reply to a command that was repeated or refused.
  if (version === null) return;
  if (version <= (versions.get(payment) ?? 0)) return;
  versions.set(payment, version);
  print({ payment, order: payload.order_id, version, status: payload.status });
}

/** The answer to a command of ours: whether or not it tells anything new of the payment. */
function hear({ type, correlation_id: saga, payload }) {
  if (!FINAL.has(type) || !waiting.delete(saga)) return;
  print({ saga, answer: type, ...(type === 'payment.failed' ? { error: payload.error } : {}) });
}

function print(line) {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

const consumer = kafka.consumer({ groupId: process.env.KAFKA_GROUP ?? 'example-consumer' });
await consumer.connect();
await consumer.subscribe({ topic, fromBeginning: true });
await consumer.run({
  eachMessage: async ({ message }) => {
    const event = JSON.parse(message.value.toString());
    project(event);
    hear(event);
  },
});

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => consumer.disconnect().then(() => process.exit(0)));
}
