import { z } from 'zod';
import { UnreadableReply } from './sdk-errors.js';

const optional = z.string().nullish().catch(null);

/** An error as Stripe tells it. The SDK chooses its class by `type` and by the HTTP status. */
const errorBody = z.looseObject({
  error: z.looseObject({
    type: z.string(),
    message: optional,
    code: optional,
    decline_code: optional,
    param: optional,
  }),
});

/**
 * The body of a reply, for the SDK: an object that tells no error, or one that tells an error where
 * the HTTP status is that of an error. Anything else is thrown as unreadable.
 */
export async function readBody(
  status: number,
  toJson: () => Promise<unknown>,
): Promise<Readonly<Record<string, unknown>>> {
  const body = await jsonOf(status, toJson);
  const failed = status < 200 || status > 299;
  if (!isObject(body)) throw unreadable(status, body === null ? 'null' : 'no object');
  if (!failed) {
    if (body.error) throw unreadable(status, 'it tells an error as well');
    return body;
  }
  const read = errorBody.safeParse(body);
  if (!read.success) throw unreadable(status, 'it tells no error');
  return read.data;
}

async function jsonOf(status: number, toJson: () => Promise<unknown>): Promise<unknown> {
  try {
    return await toJson();
  } catch (error) {
    // What could not be read from the socket is the SDK's to tell.
    throw error instanceof SyntaxError ? unreadable(status, 'no JSON') : error;
  }
}

function isObject(body: unknown): body is Readonly<Record<string, unknown>> {
  return typeof body === 'object' && body !== null && !Array.isArray(body);
}

/** Where Stripe, or what stands before it, is in trouble, no sense was to be expected. */
function unreadable(status: number, what: string): Error {
  const told = `HTTP ${status}, ${what}`;
  return status === 429 || status >= 500 ? new Error(told) : new UnreadableReply(told);
}
