import { readdirSync, readFileSync } from 'node:fs';
import type { Outgoing } from '@campusg-pay/core';
import { expect } from 'vitest';
import type { Dialect } from '../../src/contract/messages.js';

/** A message of the platform, and what it is to be answered. */
interface CommandFixture {
  readonly about: string;
  readonly key: string | null;
  readonly doubleEncoded?: true;
  readonly message: { readonly type: string; readonly correlation_id: string };
  readonly answers: readonly object[];
}

/** What leaves the outbox, and the record that it becomes. */
interface EventFixture {
  readonly about: string;
  readonly dialect: Dialect;
  readonly outgoing: Outgoing;
  readonly message: {
    readonly key: string;
    readonly value: { readonly type: string; readonly payload: object };
    readonly headers: Readonly<Record<string, string>>;
  };
}

/** In the order in which they are to be sent. */
export const COMMANDS = read<CommandFixture>('commands');
export const EVENTS = read<EventFixture>('events');

/** The bytes of a command, as its producer encodes it. */
export function encoded({ message, doubleEncoded }: CommandFixture): string {
  const once = JSON.stringify(message);
  return doubleEncoded === true ? JSON.stringify(once) : once;
}

/** What can't be known beforehand, an id of Stripe's or a time, is written `<any>` in a fixture. */
export function expected(value: unknown): unknown {
  if (value === '<any>') return expect.any(String);
  if (Array.isArray(value)) return value.map(expected);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, expected(one)]));
}

function read<Fixture>(kind: string): (Fixture & { readonly name: string })[] {
  const folder = new URL(`./fixtures/${kind}/`, import.meta.url);
  return readdirSync(folder)
    .sort()
    .map((file) => ({
      ...(JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Fixture),
      name: file.replace('.json', ''),
    }));
}
