import type { Result } from 'neverthrow';
import type { DatabaseFault } from '../ports.js';

/** A message that can't be carried out or answered, as it came. */
export interface DeadLetter {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly key: Uint8Array | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly value: Uint8Array | null;
  /** All of the value is to be kept, whatever its size: nobody could read a part of it. Left out: its beginning. */
  readonly keepsAll?: true;
  readonly reason: string;
  readonly at: Date;
}

/** Where messages wait for a person. */
export interface DeadLetters {
  /** Keeps a message, once. */
  add(letter: DeadLetter): Promise<Result<void, DatabaseFault>>;
}
