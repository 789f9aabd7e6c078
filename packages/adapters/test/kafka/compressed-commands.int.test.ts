import { randomUUID } from 'node:crypto';
import { CompressionCodecs, type CompressionTypes, ConfigResourceTypes } from 'kafkajs';
import { compress as lz4 } from 'lz4js';
import { compress as snappy } from 'snappyjs';
import { expect, it } from 'vitest';
import { holding } from '../commands/world.js';
import { describeWithKafka, kafkaAt, reading } from '../setup/kafka.js';
import { until } from '../setup/service.js';
import { command, IN_TIME, openTopic, parkedIn } from './command-topic.js';

/** One record of the value `theirs`, whatever was compressed. */
const THEIRS = Buffer.from([0x18, 0, 0, 0, 1, 0x0c, ...Buffer.from('theirs'), 0]);

/** What kafkajs gives to a codec. */
interface Encoded {
  readonly buffer: Buffer;
}

const bareSnappy = (bytes: Buffer) => snappy(Buffer.from(Uint8Array.from(bytes).buffer));

/** Snappy as Java's clients frame it: blocks with their lengths behind a header. */
function framedSnappy(bytes: Buffer): Buffer {
  const header = Buffer.concat([Buffer.from([0x82]), Buffer.from('SNAPPY\0')]);
  const parts = [header, Buffer.from([0, 0, 0, 1, 0, 0, 0, 1])];
  for (let at = 0; at < bytes.length; at += 100) {
    const block = bareSnappy(bytes.subarray(at, at + 100));
    const size = Buffer.alloc(4);
    size.writeInt32BE(block.length);
    parts.push(size, block);
  }
  return Buffer.concat(parts);
}

/** As brokers want it: of blocks that do not refer to others, which this short one does not. */
function framedLz4(bytes: Buffer): Buffer {
  const head = Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82]);
  return Buffer.concat([head, lz4(bytes).subarray(head.length)]);
}

/** A frame of Zstandard whose one block is stored as it is: Node 20 can't compress. */
function storedZstd(bytes: Buffer): Buffer {
  const head = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0, 0, 0, 0, 0, 0, 0]);
  head.writeUInt32LE(bytes.length, 5);
  head.writeUIntLE((bytes.length << 3) | 1, 9, 3);
  return Buffer.concat([head, bytes]);
}

const COMPRESS: Readonly<Record<string, [number, ((bytes: Buffer) => Uint8Array) | null]>> = {
  gzip: [1, null],
  'snappy, one block': [2, bareSnappy],
  'snappy, in frames': [2, framedSnappy],
  lz4: [3, framedLz4],
  zstd: [4, storedZstd],
};

/** Lets the producers of this process compress, as the users of kafkajs do it. */
function compressWith(number: number, compress: (bytes: Buffer) => Uint8Array) {
  const codecs = CompressionCodecs as Record<number, () => unknown>;
  codecs[number] = () => ({
    compress: async ({ buffer }: Encoded) => Buffer.from(compress(buffer)),
    decompress: async () => THEIRS,
  });
}

const holds = (count: number) =>
  Array.from({ length: count }, () => {
    const saga = randomUUID();
    return { saga, value: command('authorize_payment', saga, holding(`order_${saga}`)) };
  });

type Topic = Awaited<ReturnType<typeof openTopic>>;

/** Sends commands plain, then some in one batch in another way, then plain again. */
async function sendAround(
  at: Topic,
  sendBatch: (messages: { value: string }[]) => Promise<unknown>,
) {
  const [before, between, after] = [holds(2), holds(5), holds(2)];
  const plain = (some: { value: string }[]) =>
    at.producer.send({ topic: at.topic, acks: -1, messages: some.map(({ value }) => ({ value })) });
  await plain(before);
  await sendBatch(between);
  await plain(after);
  return [...before, ...between, ...after].map(({ saga }) => saga);
}

async function allAnswered(at: Topic, sagas: readonly string[]): Promise<void> {
  await until(at.committed, ([offset]) => offset === sagas.length, IN_TIME);
  await at.allIsSaid();
  const answers = at.heard().map((one) => [one.correlation_id, one.type]);
  expect(answers).toEqual(sagas.map((saga) => [saga, 'payment.authorized']));
  expect(await parkedIn(at)).toEqual([]);
}

describeWithKafka('a batch of commands that its producer compressed', () => {
  it.each(Object.entries(COMPRESS))(
    'with %s is answered as the others are',
    async (_, [number, compress]) => {
      const at = await openTopic(1);
      if (compress !== null) compressWith(number, compress);
      const sagas = await sendAround(at, (messages) =>
        at.producer.send({
          topic: at.topic,
          acks: -1,
          compression: number as CompressionTypes,
          messages: messages.map(({ value }) => ({ value })),
        }),
      );
      const consumer = await at.consume();
      await allAnswered(at, sagas);
      expect(consumer.state()).toBe('running');
    },
    120_000,
  );
});

describeWithKafka("a batch of commands that the topic's own setting compressed", () => {
  it.each(['gzip', 'snappy', 'lz4', 'zstd'])(
    'to %s is answered',
    async (codec) => {
      const at = await openTopic(1);
      await at.consume();
      const setting = (value: string) => setCompression(at, value);
      const sagas = await sendAround(at, async (messages) => {
        await setting(codec);
        await at.producer.send({
          topic: at.topic,
          acks: -1,
          messages: messages.map(({ value }) => ({ value })),
        });
        await setting('producer');
      });
      await allAnswered(at, sagas);
    },
    120_000,
  );
});

/** Sets the topic's compression, and waits until the broker acts by it. */
async function setCompression({ brokers, topic }: Topic, value: string): Promise<void> {
  const admin = kafkaAt(brokers).admin();
  await admin.connect();
  const type = ConfigResourceTypes.TOPIC;
  const configEntries = [{ name: 'compression.type', value }];
  await admin.alterConfigs({
    validateOnly: false,
    resources: [{ type, name: topic, configEntries }],
  });
  const isSet = async () => {
    const described = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type, name: topic, configNames: ['compression.type'] }],
    });
    return described.resources[0]?.configEntries[0]?.configValue;
  };
  await until(isSet, (found) => found === value, IN_TIME);
  await admin.disconnect();
}

describeWithKafka("somebody else's consumer in the same process", () => {
  it('reads with the codecs that were registered for it, not with ours', async () => {
    const at = await openTopic(1);
    // Ours are in place before, which must not matter.
    await at.consume();
    compressWith(2, bareSnappy);
    const { messages } = await reading(at.brokers, at.topic);
    await at.producer.send({
      topic: at.topic,
      acks: -1,
      compression: 2 as CompressionTypes,
      messages: [{ value: 'whatever' }],
    });
    await until(
      () => messages.map(({ value }) => String(value)),
      (values) => values.includes('theirs'),
      IN_TIME,
    );
  }, 120_000);
});
