import type { KafkaConfig, KafkaSasl } from '../kafka/kafka-config.js';
import type { ConfigError, Value, Variable } from './variables.js';

type Read = <V extends Variable>(variable: V) => Value<V> | undefined;

/** Null when no broker is named; the rest is checked all the same. */
export function readKafka(read: Read, errors: ConfigError[]): KafkaConfig | null {
  const brokers = readBrokers(read, errors);
  const config = {
    clientId: read('KAFKA_CLIENT_ID') ?? 'payment-service',
    eventsTopic: read('KAFKA_EVENTS_TOPIC') ?? 'payment_events',
    commandsTopic: read('KAFKA_COMMANDS_TOPIC') ?? 'payment_commands',
    consumerGroup: read('KAFKA_CONSUMER_GROUP') ?? 'payment-service-group',
    dialect: read('KAFKA_REPLY_DIALECT') ?? 'own',
    ssl: readSsl(read, errors),
    sasl: readSasl(read, errors),
  };
  return brokers === undefined ? null : { brokers, ...config };
}

/** `KAFKA_BOOTSTRAP_SERVERS` is Kafka's own name for the same. */
function readBrokers(read: Read, errors: ConfigError[]): readonly string[] | undefined {
  const brokers = read('KAFKA_BROKERS');
  const named = read('KAFKA_BOOTSTRAP_SERVERS');
  if (brokers !== undefined && named !== undefined) {
    const rule = 'must not be set together with KAFKA_BROKERS';
    errors.push({ variable: 'KAFKA_BOOTSTRAP_SERVERS', rule });
  }
  return brokers ?? named;
}

function readSsl(read: Read, errors: ConfigError[]): KafkaConfig['ssl'] {
  const ssl = read('KAFKA_SSL') ?? false;
  const ca = read('KAFKA_SSL_CA') ?? null;
  if (ca !== null && !ssl) {
    errors.push({ variable: 'KAFKA_SSL', rule: 'must be true with KAFKA_SSL_CA' });
  }
  return ssl ? { ca } : null;
}

/** All three or none: a forgotten one would be found by the broker only, and told in other words. */
function readSasl(read: Read, errors: ConfigError[]): KafkaSasl | null {
  const before = errors.length;
  const parts = {
    KAFKA_SASL_MECHANISM: read('KAFKA_SASL_MECHANISM'),
    KAFKA_SASL_USERNAME: read('KAFKA_SASL_USERNAME'),
    KAFKA_SASL_PASSWORD: read('KAFKA_SASL_PASSWORD'),
  };
  const { KAFKA_SASL_MECHANISM: mechanism, KAFKA_SASL_USERNAME: username } = parts;
  const password = parts.KAFKA_SASL_PASSWORD;
  if (mechanism !== undefined && username !== undefined && password !== undefined) {
    return { mechanism, username, password };
  }
  const set = Object.entries(parts).find(([, value]) => value !== undefined);
  // One that is wrong has been told; that the others are there without it is no second mistake.
  if (set === undefined || errors.length > before) return null;
  for (const [variable, value] of Object.entries(parts)) {
    if (value === undefined) errors.push({ variable, rule: `is required with ${set[0]}` });
  }
  return null;
}
