import { gzipSync } from 'node:zlib';
import { compress as lz4 } from 'lz4js';
import { compress as snappy } from 'snappyjs';
import { describe, expect, it } from 'vitest';
import { crc32c } from '../../src/kafka/decoding/crc32c.js';
import { type Codec, decompress } from '../../src/kafka/decoding/decompression.js';

const LIMIT = 64 * 1024 * 1024;
const MANY = Buffer.alloc(LIMIT + 1);

const bareSnappy = (bytes: Buffer) => snappy(Buffer.from(Uint8Array.from(bytes).buffer));

function javaSnappy(blocks: readonly Buffer[]): Buffer {
  const header = Buffer.from([0x82, ...Buffer.from('SNAPPY\0'), 0, 0, 0, 1, 0, 0, 0, 1]);
  const sized = blocks.flatMap((block) => {
    const size = Buffer.alloc(4);
    size.writeInt32BE(block.length);
    return [size, block];
  });
  return Buffer.concat([header, ...sized]);
}

/** A frame whose blocks each repeat one byte 128 KB long, in four bytes. */
function zstdOfRepeats(blocks: number, header = [0x00, 0x50]): Buffer {
  const frame = [0x28, 0xb5, 0x2f, 0xfd, ...header];
  for (let n = 1; n <= blocks; n += 1) {
    const word = ((128 * 1024) << 3) | (1 << 1) | (n === blocks ? 1 : 0);
    frame.push(word & 0xff, (word >> 8) & 0xff, word >> 16, 0x20);
  }
  return Buffer.from(frame);
}

/** Four bytes behind each block, as frames with block checksums have them. */
function lz4WithBlockChecksum(bytes: Buffer): Buffer {
  const plain = Buffer.from(lz4(bytes));
  plain.writeUInt8(plain.readUInt8(4) | 0x10, 4);
  const end = 11 + (plain.readUInt32LE(7) & 0x7fffffff);
  return Buffer.concat([plain.subarray(0, end), Buffer.alloc(4), plain.subarray(end)]);
}

const TEXT = Buffer.from('a command and a command and a command '.repeat(9_000));

describe('what was compressed', () => {
  it.each<[string, Codec, Buffer, Buffer]>([
    ['gzip', 'gzip', gzipSync(TEXT), TEXT],
    ['snappy, one block', 'snappy', bareSnappy(TEXT), TEXT],
    [
      'snappy, in frames',
      'snappy',
      javaSnappy([bareSnappy(TEXT), bareSnappy(TEXT)]),
      Buffer.concat([TEXT, TEXT]),
    ],
    ['lz4', 'lz4', Buffer.from(lz4(TEXT)), TEXT],
    ['lz4 with a checksum for each block', 'lz4', lz4WithBlockChecksum(TEXT), TEXT],
    ['zstd', 'zstd', zstdOfRepeats(3), Buffer.alloc(3 * 128 * 1024, 0x20)],
  ])('with %s is what it was', (_, codec, bytes, expected) => {
    expect(decompress(codec, bytes)._unsafeUnwrap().equals(expected)).toBe(true);
  });
});

describe('a few bytes that would become more than 64 MB', () => {
  it.each<[string, Codec, Buffer]>([
    ['gzip', 'gzip', gzipSync(MANY)],
    ['snappy that says so', 'snappy', Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f, 0])],
    ['snappy in frames', 'snappy', javaSnappy(Array(33).fill(bareSnappy(Buffer.alloc(2_097_152))))],
    ['lz4', 'lz4', Buffer.from(lz4(MANY))],
    ['zstd', 'zstd', zstdOfRepeats(513)],
    ['zstd with a window of 1 GB', 'zstd', zstdOfRepeats(1, [0x00, 0xa0])],
    ['zstd that tells 2 to the 60th', 'zstd', zstdOfRepeats(1, [0xe0, 0, 0, 0, 0, 0, 0, 0, 0x10])],
  ])(
    'with %s are too large',
    (_, codec, bytes) => {
      expect(decompress(codec, bytes)._unsafeUnwrapErr()).toBe('too_large');
    },
    60_000,
  );
});

describe('bytes that are not of their codec', () => {
  const NOTHING = [
    Buffer.alloc(0),
    Buffer.from('{"type":"authorize_payment"}'),
    Buffer.alloc(40, 0xff),
  ];

  it.each(['gzip', 'snappy', 'lz4', 'zstd'] as const)('are no %s', (codec) => {
    for (const bytes of NOTHING) {
      expect(['not_decompressible', 'too_large']).toContain(
        decompress(codec, bytes).match(
          () => 'read',
          (why) => why,
        ),
      );
    }
  });

  it.each<[Codec, Buffer]>([
    ['gzip', gzipSync(TEXT)],
    ['lz4', Buffer.from(lz4(TEXT))],
    ['zstd', zstdOfRepeats(3)],
  ])('because their end is missing are no %s', (codec, bytes) => {
    const cut = bytes.subarray(0, bytes.length - 5);
    expect(decompress(codec, cut)._unsafeUnwrapErr()).toBe('not_decompressible');
  });
});

it('the checksum is the one of RFC 3720', () => {
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
  expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa);
});
