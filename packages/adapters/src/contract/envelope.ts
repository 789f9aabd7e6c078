import type { CommandType, Issue } from '@campusg-pay/core';
import { err, ok, type Result } from 'neverthrow';
import { isCommandType } from './command-requests.js';
import { fieldNamedTwice } from './json-text.js';
import { pathId } from './schemas.js';

/** A command as it came: what is asked for, and under which id it is to be answered. */
export interface Envelope {
  readonly type: CommandType;
  readonly correlationId: string;
  /** Not checked yet. */
  readonly payload: unknown;
  /** A field that it names twice, so that it can't be carried out; null: there is none. */
  readonly twice: Issue | null;
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
  const decoded = once.andThen((outer) =>
    typeof outer.json === 'string' ? parse(Buffer.from(outer.json)) : ok(outer),
  );
  if (decoded.isErr()) return err(decoded.error);
  const { json: message, twice } = decoded.value;
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
  return ok({ type, correlationId: id.data, payload: Reflect.get(message, 'payload'), twice });
}

function parse(
  value: Buffer,
): Result<{ readonly json: unknown; readonly twice: Issue | null }, 'not_json'> {
  try {
    const text = utf8.decode(value);
    const json: unknown = JSON.parse(text);
    return ok({ json, twice: fieldNamedTwice(text, json) });
  } catch {
    return err('not_json');
  }
}
