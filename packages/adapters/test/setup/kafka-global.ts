import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { type Broker, startBrokerAnywhere } from '../../../../scripts/kafka/broker.js';
import { whyNoKafka } from '../../../../scripts/kafka/jars.js';
import type { SharedKafka } from '../../../../scripts/kafka/testing.js';

/**
 * One broker for the whole run, or the one of KAFKA_BROKERS; `scripts/kafka/testing.ts` asks for
 * it. It takes seconds to start, so that is done when the first test file asks for it; the asking
 * goes through this process, so that there is one broker for all workers, and it ends with this
 * process in whatever way that dies.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const broker = sharedBroker();
  let missing: Promise<string | null> | undefined;
  const whyNone = () => {
    missing ??= whyNoKafka().then(told);
    return missing;
  };
  const answers: Readonly<Record<string, () => Promise<unknown>>> = {
    '/why-none': whyNone,
    '/shared': broker.started,
  };
  const desk = createServer((request, response) => {
    const answer = answers[request.url ?? '']?.() ?? Promise.reject(new Error('no such question'));
    answer.then(
      (value) => response.end(JSON.stringify(value)),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => desk.listen(0, '127.0.0.1', resolve));
  const address = desk.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  project.provide('kafkaDesk', `http://127.0.0.1:${address.port}`);
  return async () => {
    desk.closeAllConnections();
    desk.close();
    await broker.stop();
  };
}

function told(missing: string | null): string | null {
  if (missing !== null) console.warn(`Tests that start a Kafka broker are skipped: ${missing}.`);
  return missing;
}

function sharedBroker() {
  const given = process.env.KAFKA_BROKERS;
  let folder: string | undefined;
  let starting: Promise<Broker> | undefined;
  const start = async () => {
    folder = await mkdtemp(join(tmpdir(), 'campusg-pay-kafka-'));
    return startBrokerAnywhere(folder);
  };
  return {
    started: async (): Promise<SharedKafka> => {
      if (given) return { brokers: given };
      starting ??= start();
      const { address, saslAddress, tls, data } = await starting;
      return { brokers: address, saslBrokers: saslAddress, tls, data };
    },
    stop: async () => {
      // One that did not start has told its test file why.
      const broker = await starting?.catch(() => undefined);
      // Its data is thrown away: nothing to be put in order first.
      await broker?.kill();
      if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    },
  };
}
