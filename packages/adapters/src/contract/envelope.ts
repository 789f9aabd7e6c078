import type { CommandType } from '@campusg-pay/core';
import { err, ok, type Result } from 'neverthrow';
import { isCommandType } from './command-requests.js';
import { pathId } from './schemas.js';

/** A command as it came: what is asked for, and under which id it is to be answered. */
export interface Envelope {
  readonly type: CommandType;
  readonly correlationId: string;
  /** Not checked yet. */
  readonly payload: unknown;
}

/** Why a message can be neither carried out nor answered. */
export type Unanswerable =
  | 'empty'
  | 'too_large'
  | 'not_json'
  | 'not_an_object'
  | 'no_type'
  | 'unknown_type'
  | 'no_correlation_id'
  | 'bad_correlation_id';

/** As large as the body of an HTTP command. */
const MAX_COMMAND_BYTES = 100 * 1024;

/** Refuses bytes that are no UTF-8, where a lenient reader would store replacement characters. */
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Reads the envelope of a command. Some producers of the platform encode it twice. */
export function readEnvelope(value: Buffer | null): Result<Envelope, Unanswerable> {
  if (value === null || value.length === 0) return err('empty');
  if (value.length > MAX_COMMAND_BYTES) return err('too_large');
  const once = parse(value);
  const decoded = once.andThen((json) =>
    typeof json === 'string' ? parse(Buffer.from(json)) : ok(json),
  );
  if (decoded.isErr()) return err(decoded.error);
  const message = decoded.value;
  if (typeof message !== 'object' || message === null || Array.isArray(message)) {
    return err('not_an_object');
  }
  const type: unknown = Reflect.get(message, 'type');
  const correlationId: unknown = Reflect.get(message, 'correlation_id');
  if (typeof type !== 'string' || type === '') return err('no_type');
  if (correlationId === undefined || correlationId === null || correlationId === '') {
    return err('no_correlation_id');
  }
  const id = pathId.safeParse(correlationId);
  if (!id.success) return err('bad_correlation_id');
  if (!isCommandType(type)) return err('unknown_type');
  return ok({ type, correlationId: id.data, payload: Reflect.get(message, 'payload') });
}

function parse(value: Buffer): Result<unknown, 'not_json'> {
  try {
    return ok(JSON.parse(utf8.decode(value)));
  } catch {
    return err('not_json');
  }
}
