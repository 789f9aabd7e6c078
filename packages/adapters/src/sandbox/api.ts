import { setTimeout as sleep } from 'node:timers/promises';
import type { Result } from 'neverthrow';
import type { Failure } from './failure.js';
import type { Faults, RequestEffect } from './faults.js';
import { createKeys, type KeyUse, keyUse, rewriteKept, writeAnswer } from './idempotency.js';
import { randomText } from './ids.js';
import { type Asked, refused, SERVER_ERROR, struckBefore } from './refusals.js';
import { API_VERSION } from './render.js';
import type { RequestLog } from './requests.js';
import { findRoute } from './route-table.js';
import type { Prepared } from './routes.js';
import type { KeptBody } from './store.js';
import type { World } from './world.js';

export interface ApiReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** What to do with the connection instead of sending all of it. */
  readonly cut?: 'drop' | 'truncate';
}

interface Options {
  readonly world: World;
  readonly faults: Faults;
  readonly log: RequestLog;
  readonly secretKey: string | undefined;
  /** Loud things: unknown routes and bugs of the sandbox. */
  readonly warn: (line: string) => void;
  /** Changes are written; their webhooks may leave. */
  readonly committed: () => void;
  readonly closed: AbortSignal;
}

/** One request on its way, with what the ledger will tell about it. */
interface Exchange {
  readonly id: string;
  readonly asked: Asked;
  readonly key: string | undefined;
  effects: readonly RequestEffect[];
  executed: boolean;
  replayed: boolean;
}

const DROPPED: ApiReply = { status: 0, headers: {}, body: '', cut: 'drop' };

const HTML_502: ApiReply = {
  status: 502,
  headers: { 'Content-Type': 'text/html' },
  body: '<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body><h1>502 Bad Gateway</h1></body>\r\n</html>\r\n',
};

/** Answers `/v1/...`: credentials, faults, idempotency, then the route; one change at a time. */
export function createApi(options: Options): (asked: Asked) => Promise<ApiReply> {
  const { world, faults, log, closed } = options;
  const { store, clock } = world;
  const keys = createKeys(store, () => clock.nowMs());

  const replyOf = (exchange: Exchange, status: number, body: string): ApiReply => ({
    status,
    headers: {
      'Content-Type': 'application/json',
      'Request-Id': exchange.id,
      'Stripe-Version': API_VERSION,
      ...(exchange.key === undefined
        ? {}
        : { 'Idempotency-Key': exchange.key, 'Original-Request': exchange.id }),
    },
    body,
  });

  const textOf = (exchange: Exchange, { error }: Failure): string => {
    const url = `${world.shows.publicUrl}/_sandbox/requests/${exchange.id}`;
    return JSON.stringify({ error: { ...error, request_log_url: url } });
  };

  const failed = (exchange: Exchange, failure: Failure): ApiReply => {
    const reply = replyOf(exchange, failure.status, textOf(exchange, failure));
    if (failure.shouldRetry === undefined) return reply;
    const advice = { 'Stripe-Should-Retry': String(failure.shouldRetry) };
    return { ...reply, headers: { ...reply.headers, ...advice } };
  };

  /** Runs the route; what it answers and what the key will answer from now on. */
  const run = (exchange: Exchange, prepared: Prepared): { reply: ApiReply; body: KeptBody } => {
    world.request = { id: exchange.id, key: exchange.key ?? null };
    try {
      const result = prepared.execute(world);
      exchange.executed = true;
      if (result.isErr()) {
        const reply = failed(exchange, result.error);
        return { reply, body: { text: reply.body } };
      }
      const { expand } = prepared;
      const { text, body } = writeAnswer(result.value, { expand, lookup: world.shows });
      return { reply: replyOf(exchange, 200, text), body };
    } catch (bug) {
      options.warn(`bug in ${exchange.asked.method} ${exchange.asked.path}: ${describe(bug)}`);
      const reply = failed(exchange, SERVER_ERROR);
      return { reply, body: { text: reply.body } };
    } finally {
      world.request = null;
    }
  };

  const execute = (
    exchange: Exchange,
    {
      prepared,
      use,
      effect,
    }: {
      prepared: Result<Prepared, Failure>;
      use: KeyUse | undefined;
      effect: RequestEffect | undefined;
    },
  ): ApiReply => {
    const struck = effect?.kind === 'error500' ? effect : undefined;
    const broken = failed(exchange, SERVER_ERROR);
    let done = { reply: broken, body: { text: broken.body } as KeptBody };
    if (struck?.executed !== false) {
      if (prepared.isErr()) return failed(exchange, prepared.error);
      done = run(exchange, prepared.value);
    }
    if (use !== undefined) {
      const kept =
        struck !== undefined && struck.kept !== false
          ? { reply: broken, body: { text: broken.body } }
          : done;
      const { status } = kept.reply;
      store.keepReply({
        ...use,
        at: clock.nowMs(),
        requestId: exchange.id,
        status,
        body: kept.body,
      });
    }
    // One line of the journal holds the change, its events and the kept reply: all or nothing.
    store.commit();
    options.committed();
    return struck === undefined ? done.reply : broken;
  };

  const wait = async (exchange: Exchange, phase: 'after' | 'before'): Promise<void> => {
    for (const effect of exchange.effects) {
      if (effect.kind !== 'latency' || (effect.phase ?? 'before') !== phase) continue;
      await sleep(effect.ms, undefined, { signal: closed }).catch(() => undefined);
    }
  };

  const answer = async (exchange: Exchange): Promise<ApiReply> => {
    const { asked, key } = exchange;
    const found = findRoute(asked.method, asked.path);
    const { secretKey } = options;
    const refusal = refused(asked, { route: found?.route, secretKey });
    if (refusal !== undefined || found === undefined) {
      return failed(exchange, refusal ?? SERVER_ERROR);
    }
    exchange.effects = faults.forRequest(asked.method, asked.path);
    const effect = exchange.effects.find(({ kind }) => kind !== 'latency');
    const struck = struckBefore(effect, key ?? '');
    if (struck === 'drop') return DROPPED;
    if (struck === 'html502') return HTML_502;
    if (struck !== undefined) return failed(exchange, struck);
    const endpoint = `${asked.method} ${asked.path}`;
    const use =
      key === undefined || asked.method !== 'POST'
        ? undefined
        : keyUse(key, endpoint, asked.params);
    const begun = use === undefined ? undefined : keys.begin(use);
    if (begun?.isErr() === true) return failed(exchange, begun.error);
    const kept = begun?.isOk() === true ? begun.value : undefined;
    let reply: ApiReply;
    try {
      await wait(exchange, 'before');
      if (closed.aborted) return DROPPED;
      if (kept === undefined) {
        const prepared = found.route.prepare(asked.params, found.ids);
        reply = execute(exchange, { prepared, use, effect });
      } else {
        exchange.replayed = true;
        reply = replyOf(exchange, kept.status, rewriteKept(kept.body, world.shows));
        const replay = { 'Idempotent-Replayed': 'true', 'Original-Request': kept.requestId };
        reply = { ...reply, headers: { ...reply.headers, ...replay } };
      }
    } finally {
      if (use !== undefined && kept === undefined) keys.end(use.key);
    }
    await wait(exchange, 'after');
    return distorted(reply, effect);
  };

  return async (asked) => {
    clock.tick();
    const key = asked.header('idempotency-key');
    const id = `req_${randomText(14)}`;
    const exchange: Exchange = { id, asked, key, effects: [], executed: false, replayed: false };
    const at = clock.now().toISOString();
    const reply = await answer(exchange);
    const { method, path } = asked;
    const unknown = reply.status === 404 && findRoute(method, path) === undefined;
    if (unknown) options.warn(`unknown route: ${method} ${path} (not implemented by the sandbox)`);
    const { executed, replayed, effects } = exchange;
    const names = effects.map(({ kind }) => kind);
    const told = { id, at, method, path, idempotencyKey: key ?? null, status: reply.status };
    log.add({ ...told, executed, replayed, faults: names }, unknown);
    return reply;
  };
}

function distorted(reply: ApiReply, effect: RequestEffect | undefined): ApiReply {
  if (effect?.kind === 'drop') return DROPPED;
  if (effect?.kind === 'truncate') return { ...reply, cut: 'truncate' };
  return effect?.kind === 'html502' ? HTML_502 : reply;
}

function describe(bug: unknown): string {
  return bug instanceof Error ? (bug.stack ?? bug.message) : String(bug);
}
