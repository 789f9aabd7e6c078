import { randomUUID } from 'node:crypto';
import type { CompressionTypes } from 'kafkajs';
import { expect, it } from 'vitest';
import { holding } from '../commands/world.js';
import { describeWithKafkaData, sharedKafka } from '../setup/kafka.js';
import { until } from '../setup/service.js';
import { command, IN_TIME, movesOn, openTopic, parkedIn } from './command-topic.js';
import { BATCH, changeStored } from './stored-batches.js';

type Topic = Awaited<ReturnType<typeof openTopic>>;

const GZIP: CompressionTypes = 1;

async function placeOf({ topic }: Topic, partition: number) {
  const { data = '' } = await sharedKafka();
  return { data, topic, partition };
}

/** A command alone, three in one batch with the offsets 1 to 3, and one alone; tells the outer two. */
async function sendThree(
  at: Topic,
  partition: number,
  compression?: CompressionTypes,
  filling = '',
) {
  const holds = () => {
    const saga = randomUUID();
    const payload = { ...holding(`order_${saga}`), filling };
    return { saga, message: { partition, value: command('authorize_payment', saga, payload) } };
  };
  const send = (some: ReturnType<typeof holds>[], compression: CompressionTypes = 0) =>
    at.producer.send({
      topic: at.topic,
      acks: -1,
      compression,
      messages: some.map(({ message }) => message),
    });
  const [before, after] = [holds(), holds()];
  await send([before]);
  await send([holds(), holds(), holds()], compression);
  await send([after]);
  return [before.saga, after.saga];
}

const invert = (at: number) => (batch: Buffer) => {
  batch.writeUInt8(batch.readUInt8(at) ^ 0xff, at);
};

/** What is done to a batch, and what is said of it. */
const SPOILT = [
  {
    how: 'whose compressed bytes are broken',
    compression: GZIP,
    change: invert(BATCH.records + 20),
    fits: true,
    said: { codec: 'gzip', why: 'not_decompressible' },
  },
  {
    how: 'of a codec that nobody knows',
    compression: undefined,
    change: (batch: Buffer) => batch.writeInt16BE(5, BATCH.attributes),
    fits: true,
    said: { codec: 'codec_5', why: 'unknown_codec' },
  },
  {
    how: 'of which a digit has changed on the disk',
    compression: undefined,
    change: (batch: Buffer) => batch.writeUInt8(0x39, batch.indexOf('"amount":') + 9),
    fits: false,
    said: { codec: 'none', why: 'checksum' },
  },
  {
    how: 'that holds no records',
    compression: undefined,
    change: invert(BATCH.records),
    fits: true,
    said: { codec: 'none', why: 'not_records' },
  },
] as const;

describeWithKafkaData('a batch of commands that can not be read', () => {
  it('is parked whole with its codec, and what is before, behind and beside it is answered', async () => {
    const at = await openTopic(SPOILT.length);
    const sagas: string[] = [];
    for (const [partition, { compression, change, fits }] of SPOILT.entries()) {
      sagas.push(...(await sendThree(at, partition, compression)));
      await changeStored(await placeOf(at, partition), 2, change, { fits });
    }
    const consumer = await at.consume();
    await until(at.committed, (all) => all.every((offset) => offset === 5), IN_TIME);
    await at.allIsSaid();
    const answers = at.heard().map((one) => [one.correlation_id, one.type]);
    expect(new Map(answers as [string, string][])).toEqual(
      new Map(sagas.map((saga) => [saga, 'payment.authorized'])),
    );
    expect(answers).toHaveLength(sagas.length);
    const parked = await at.pool.query(
      `select partition, "offset"::int, reason, headers, value_bytes from parked_commands
        where topic = $1 order by partition`,
      [at.topic],
    );
    expect(parked.rows).toMatchObject(
      SPOILT.map(({ said }, partition) => ({
        partition,
        offset: 3,
        reason: `unreadable_${said.codec}_batch`,
        headers: { ...said, firstOffset: '1', lastOffset: '3', messages: '3' },
      })),
    );
    // Once each, as an error, and naming the place.
    const told = at.lines.filter(
      ({ msg, level }) => level === 50 && /batch of commands/.test(`${msg}`),
    );
    expect(told.map(({ partition, codec }) => `${partition} ${codec}`).sort()).toEqual(
      SPOILT.map(({ said }, partition) => `${partition} ${said.codec}`),
    );
    expect(consumer.state()).toBe('running');
  }, 120_000);

  it('because it would become too large is parked, and named so', async () => {
    const at = await openTopic(1);
    const sagas = await sendThree(at, 0, GZIP);
    const filling = ' '.repeat(70_000_000);
    await at.producer.send({
      topic: at.topic,
      acks: -1,
      compression: GZIP,
      messages: [{ value: filling }],
    });
    await at.consume();
    await movesOn(at);
    expect(await parkedIn(at)).toMatchObject([
      { offset: 5, reason: 'unreadable_gzip_batch', headers: { why: 'too_large' } },
    ]);
    expect(at.heard().map((one) => one.correlation_id)).toEqual(expect.arrayContaining(sagas));
  }, 120_000);

  it('and whose end is not to be believed holds its partition up; the consumer says it is stuck', async () => {
    const at = await openTopic(2);
    await sendThree(at, 0);
    const far = (batch: Buffer) => batch.writeInt32BE(1_000_000, BATCH.lastOffset);
    await changeStored(await placeOf(at, 0), 2, far, { fits: false });
    const timing = { sessionTimeoutMs: 6_000, longestPauseMs: 1_000, stuckAfterMs: 2_000 };
    const consumer = await at.consume(at.runtime, timing);
    await until(consumer.state, (state) => state === 'stuck', IN_TIME);
    await movesOn(at, 1);
    expect(await at.committed()).toEqual([1, 1]);
    expect(await parkedIn(at)).toEqual([]);
  }, 120_000);

  it('nor put aside ends the consumer, whose pauses grow although it joins its group each time', async () => {
    const at = await openTopic(1);
    await sendThree(at, 0);
    const count = (batch: Buffer) => batch.writeInt32BE(2_000_000_000, BATCH.count);
    await changeStored(await placeOf(at, 0), 2, count, { fits: false });
    const timing = { sessionTimeoutMs: 6_000, longestPauseMs: 30_000 };
    const consumer = at.begin(at.runtime, timing);
    const ends = () =>
      at.lines.filter(({ msg }) => `${msg}`.startsWith('the command consumer has ended'));
    await until(ends, ({ length }) => length >= 3, IN_TIME);
    expect(consumer.state()).toBe('dead');
    const pauses = ends().map(({ pauseMs }) => Number(pauseMs));
    // Doubled each time, and spread by a quarter.
    expect(pauses[2]).toBeGreaterThanOrEqual(1_500);
    // Told once, and as a detail after that.
    expect(ends().filter(({ level }) => level === 50)).toHaveLength(1);
    expect(ends()[0]).toMatchObject({ reason: 'unreadable' });
    expect(at.lines.filter(({ msg }) => `${msg}`.startsWith('kafka is away'))).toEqual([]);
  }, 120_000);
});
