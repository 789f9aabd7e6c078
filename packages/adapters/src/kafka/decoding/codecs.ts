import { AsyncLocalStorage } from 'node:async_hooks';
import kafkajs, { type KafkaMessage } from 'kafkajs';
import { CODECS, type Codec, decompress, type Spoilt } from './decompression.js';
import { areRecords, batchOf, type RecordBatch, standInsFor } from './record-batch.js';

/** Why a batch can't be read: its checksum does not fit, nobody here knows its codec, or see {@link Spoilt}. */
export type Unreadable = Spoilt | 'checksum' | 'unknown_codec' | 'not_records';

/** A batch that can't be read, in the place of its messages. */
export interface UnreadableBatch {
  readonly why: Unreadable;
  /** `lz4`; of one that nobody knows its number: `codec_5`. */
  readonly codec: string;
  readonly firstOffset: string;
  readonly lastOffset: string;
  readonly count: number;
  /** The whole batch as the broker sent it. */
  readonly bytes: Buffer;
}

/** A batch that can't even be put aside, for what it says of itself can't be true. */
class BatchNotUnderstood extends Error {
  override readonly name = 'BatchNotUnderstood';

  constructor(codec: string) {
    super(`a batch of messages (${codec}) can't be read, nor where it ends`);
  }
}

/** Three bits of a batch name its codec. */
const NUMBERS = [0, 1, 2, 3, 4, 5, 6, 7] as const;

/** Whether the fetch that is being decoded is one of our consumers'. */
const ours = new AsyncLocalStorage<true>();

const unreadables = new WeakMap<ArrayBufferLike, UnreadableBatch>();

type Lookup = () => unknown;

let isRegistered = false;

/**
 * Runs a consumer of ours: all its batches have their checksum looked at and are decompressed here,
 * each with a bound, and one that can't be read comes as stand-ins for its messages, which
 * {@link unreadableBatchOf} knows.
 *
 * kafkajs itself looks at no checksum, knows gzip only, and gives up the whole fetch for one batch.
 * Its codecs are one table for the whole process; other users of kafkajs in it keep theirs.
 */
export function withCodecs<Value>(run: () => Promise<Value>): Promise<Value> {
  register();
  return ours.run(true, run);
}

/** Runs what a consumer of ours calls, and what is no part of reading. */
export function withoutCodecs<Value>(run: () => Promise<Value>): Promise<Value> {
  return ours.exit(run);
}

/** The unreadable batch that a message stands in for; null of every other message. */
export function unreadableBatchOf({ value }: Pick<KafkaMessage, 'value'>): UnreadableBatch | null {
  return value === null ? null : (unreadables.get(value.buffer) ?? null);
}

function register(): void {
  if (isRegistered) return;
  isRegistered = true;
  // By the whole module: Node does not find this one name in it.
  const table: Record<number, Lookup | undefined> = kafkajs.CompressionCodecs;
  for (const number of NUMBERS) {
    let theirs = table[number];
    const codec = { compress: notUsed, decompress: (records: Buffer) => read(number, records) };
    const lookup = () => (ours.getStore() === true ? codec : (theirs?.() ?? null));
    Object.defineProperty(table, number, {
      configurable: true,
      enumerable: true,
      get: () => lookup,
      // Whoever registers another codec later does so for themselves.
      set: (other: Lookup) => {
        theirs = other;
      },
    });
  }
}

async function notUsed(): Promise<never> {
  throw new Error('consumers compress nothing');
}

/** The records of a batch, or what stands in for them. */
async function read(number: number, records: Buffer): Promise<Buffer> {
  const codec = CODECS[number];
  const name = codec ?? `codec_${number}`;
  const batch = batchOf(records);
  // A format before Kafka 0.11, which no broker has written by itself since.
  if (batch === null) throw new BatchNotUnderstood(name);
  const plain = plainOf(codec, batch, records);
  if (typeof plain !== 'string') return plain;
  const standIns = batch.isControl ? null : standInsFor(batch);
  if (standIns === null) throw new BatchNotUnderstood(name);
  unreadables.set(standIns.buffer, {
    why: plain,
    codec: name,
    firstOffset: String(batch.firstOffset),
    lastOffset: String(batch.lastOffset),
    count: batch.count,
    bytes: Buffer.from(batch.bytes),
  });
  return standIns;
}

function plainOf(
  codec: Codec | undefined,
  batch: RecordBatch,
  records: Buffer,
): Buffer | Unreadable {
  if (!batch.isWhole) return 'checksum';
  if (codec === undefined) return 'unknown_codec';
  const plain = decompress(codec, records);
  if (plain.isErr()) return plain.error;
  return areRecords(plain.value, batch.count) ? plain.value : 'not_records';
}
