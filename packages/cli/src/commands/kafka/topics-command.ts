import { kafkaFromEnvironment, loadTopics } from '@campusg-pay/adapters';
import { createLogger } from '../../logging/logger.js';
import { EXIT } from '../../terminal/exit-codes.js';
import { print, tell } from '../../terminal/output.js';
import { explainConfig } from '../../wording/faults.js';
import { fail, wrongUsage } from '../endings.js';
import { tellWarnings } from '../settings-warnings.js';

/** What is done about the topics; figures are those of a topic that is missing. */
export interface TopicsOptions {
  /** Only looks, and makes nothing. */
  readonly check?: true;
  /**
   * At least 1.
   *
   * @default 12
   */
  readonly partitions?: number;
  /**
   * How many brokers keep each message, at least 1 and at most as many as there are.
   *
   * @default 3, or as many as brokers are named, when that is less
   */
  readonly replication?: number;
}

/** `campusg-pay kafka topics`: one line a topic on stdout, what went wrong on stderr. */
export async function topicsCommand(options: TopicsOptions): Promise<number> {
  tellWarnings();
  const read = kafkaFromEnvironment();
  if (read.isErr()) {
    return wrongUsage(explainConfig(read.error));
  }
  if (read.value === null) return fail({ type: 'NoKafka' });
  const { check, partitions, replication } = options;
  const log = createLogger({ level: 'silent', readable: false });
  const wanted = { checkOnly: check === true, partitions, replication };
  const kafka = await loadTopics();
  if (kafka.isErr()) return fail(kafka.error);
  const done = await kafka.value.ensureTopics(read.value, log, wanted);
  if (done.isErr()) {
    tell(done.error.message);
    return EXIT.fault;
  }
  const lines = done.value.map((found) => ({ ...found, problem: problemOf(found, partitions) }));
  for (const { topic, state, problem, ...found } of lines) {
    const copies = found.replication === 1 ? '1 copy' : `${found.replication} copies`;
    const facts = `${partitionsOf(found.partitions)}, ${copies}`;
    if (problem === null) await print(`${state.padEnd(8)} ${topic} (${facts})`);
    else tell(problem);
  }
  return lines.every(({ problem }) => problem === null) ? EXIT.ok : EXIT.fault;
}

function problemOf(
  found: { readonly topic: string; readonly state: string; readonly partitions: number },
  partitions: number | undefined,
): string | null {
  if (found.state === 'missing') {
    return `missing  ${found.topic}: campusg-pay kafka topics creates it`;
  }
  if (partitions === undefined || found.partitions === partitions) return null;
  const wanted = `${partitionsOf(found.partitions)}, not ${partitions}`;
  return `differs  ${found.topic} (${wanted}; adding some would break the order of an order's events)`;
}

function partitionsOf(count: number): string {
  return count === 1 ? '1 partition' : `${count} partitions`;
}
