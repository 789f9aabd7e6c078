import { fieldNamedTwice, invalidRequest, type Problem } from '@campusg-pay/adapters/contract';
import express, { type Request, type RequestHandler } from 'express';
import { err, ok, type Result } from 'neverthrow';
import { refuse } from './answers.js';
import { contextOf } from './request-context.js';

const readBytes = express.raw({ type: () => true, limit: '100kb' });

/** Refuses bytes that are no UTF-8, where a lenient reader would store replacement characters. */
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** What there is of a body, whoever has read it. */
type GivenBody =
  | { readonly type: 'bytes'; readonly bytes: Buffer }
  /** By a middleware of the host app, such as `express.json()`; the bytes are gone. */
  | { readonly type: 'parsed'; readonly value: unknown }
  /** Read by somebody who has kept nothing. Taken as empty, a reason would be lost. */
  | { readonly type: 'gone' };

/** The body of a request that `express.raw` has read, if nobody had before. */
export function givenBody(request: Request): GivenBody {
  const body: unknown = request.body;
  if (Buffer.isBuffer(body)) return { type: 'bytes', bytes: body };
  if (typeof body === 'string') return { type: 'bytes', bytes: Buffer.from(body) };
  // Parsers put an empty object where there was nothing to parse.
  if (!hasBody(request)) return { type: 'bytes', bytes: Buffer.alloc(0) };
  return body === undefined ? { type: 'gone' } : { type: 'parsed', value: body };
}

function hasBody({ headers }: Request): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/**
 * Reads a JSON body into `request.body`. No body is read as an empty object, whatever its type is
 * said to be: callers send an empty body with or without a content type. What a middleware of the
 * host app has parsed is taken as it is, and judged by the same rules afterwards.
 *
 * Express's own JSON reader skips a body of another type, which would read a wrong one as none.
 */
export const readJson: RequestHandler[] = [
  readBytes,
  (request, response, next) => {
    const given = givenBody(request);
    if (given.type === 'gone') {
      refuse(response, BODY_GONE);
      return;
    }
    request.body = given.type === 'parsed' ? given.value : {};
    if (given.type === 'bytes' && given.bytes.length === 0) {
      next();
      return;
    }
    if (!isJson(request.headers['content-type'])) {
      refuse(response, NOT_JSON);
      return;
    }
    if (given.type === 'bytes') {
      contextOf(response).bytes = given.bytes;
      const read = parse(given.bytes);
      if (read.isErr()) {
        refuse(response, read.error);
        return;
      }
      request.body = read.value;
    }
    next();
  },
];

function parse(bytes: Buffer): Result<unknown, Problem> {
  try {
    const text = utf8.decode(bytes);
    const value: unknown = JSON.parse(text);
    const twice = fieldNamedTwice(text, value);
    return twice === null ? ok(value) : err(invalidRequest([twice]));
  } catch {
    return err(MALFORMED);
  }
}

/** Where to mount an app whose webhooks, or bodies, come too late. */
export const MOUNT_FIRST =
  'Mount createApp(...) before it in the host app, or keep the bytes: express.json({ verify: ' +
  '(request, _response, bytes) => { request.rawBody = bytes; } }).';

const BODY_GONE: Problem = {
  code: 'body_already_read',
  description: `Another middleware has read the body before this app, and left nothing of it. ${MOUNT_FIRST}`,
};

const NOT_JSON: Problem = {
  code: 'unsupported_media_type',
  description: 'Send the body as JSON in UTF-8 with the header "Content-Type: application/json".',
};

const MALFORMED = invalidRequest([{ field: 'body', rule: 'must be well-formed JSON in UTF-8' }]);

/** `application/json` or a kin of it such as `application/cloudevents+json`, in UTF-8. */
function isJson(contentType: string | undefined): boolean {
  if (contentType === 'application/json') return true;
  const [type = '', ...parameters] = (contentType ?? '').toLowerCase().split(';');
  if (!/^application\/([\w.-]+\+)?json$/.test(type.trim())) return false;
  const charsets = parameters
    .map((one) => /^\s*charset\s*=\s*"?([^"\s]*)"?\s*$/.exec(one)?.[1])
    .filter((one) => one !== undefined);
  return charsets.every((one) => one === 'utf-8' || one === 'utf8');
}
