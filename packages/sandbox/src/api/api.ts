import { setTimeout as sleep } from 'node:timers/promises';
import type { Result } from 'neverthrow';
import type { Faults, RequestEffect } from '../control/fault-rules.js';
import type { RequestLog } from '../control/request-log.js';
import { API_VERSION } from '../model/api-version.js';
import { type Failure, NOT_IMPLEMENTED } from '../model/failure.js';
import { randomText } from '../state/ids.js';
import type { KeptBody, KeptReply } from '../state/kept-reply.js';
import type { World } from '../state/world.js';
import { refusedBy, SERVER_ERROR, struckBefore } from './fault-replies.js';
import {
  createKeys,
  type Keys,
  type KeyUse,
  keyUse,
  rewriteKept,
  writeAnswer,
} from './idempotency-keys.js';
import { asOfNow } from './older-parameters.js';
import { connectedAccountOf, type IncomingRequest, wrongRequest } from './refusals.js';
import type { Prepared } from './route.js';
import { findRoute } from './route-table.js';
import { createVersionWarning } from './stripe-version.js';

export interface ApiReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** What to do with the connection instead of sending all of it. */
  readonly cut?: 'drop' | 'truncate';
}

/** What requests are answered from, and who is told of them. */
export interface ApiOptions {
  readonly world: World;
  readonly faults: Faults;
  /** Where each request is noted for the ledger. */
  readonly log: RequestLog;
  /** The only key to accept; undefined: any key of test mode. */
  readonly secretKey: string | undefined;
  /** Gets lines that somebody should see: unknown routes, foreign versions, bugs of the sandbox. */
  readonly warn: (line: string) => void;
  /** Writes the changes down and lets their webhooks leave. */
  readonly commit: () => void;
  /** Aborted when the sandbox closes: nobody waits any longer. */
  readonly closed: AbortSignal;
}

/** One request on its way, with what the ledger will tell about it. */
interface Exchange {
  readonly id: string;
  readonly asked: IncomingRequest;
  readonly key: string | undefined;
  /** The idempotency key and what it is used for; only a POST has one. */
  readonly use: KeyUse | undefined;
  effects: readonly RequestEffect[];
  executed: boolean;
  replayed: boolean;
}

/** A reply, and what the idempotency key will answer from now on. */
interface Done {
  readonly reply: ApiReply;
  readonly body: KeptBody;
}

const DROPPED: ApiReply = { status: 0, headers: {}, body: '', cut: 'drop' };

const HTML_502: ApiReply = {
  status: 502,
  headers: { 'Content-Type': 'text/html' },
  body: '<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body><h1>502 Bad Gateway</h1></body>\r\n</html>\r\n',
};

/** Answers `/v1/...`: credentials, faults, idempotency, then the route; one change at a time. */
export class Api {
  readonly #options: ApiOptions;
  readonly #world: World;
  readonly #keys: Keys;
  readonly #warnOfVersion: (version: string | undefined) => void;

  constructor(options: ApiOptions) {
    this.#options = options;
    this.#world = options.world;
    this.#keys = createKeys(options.world.store, () => options.world.clock.nowMs());
    this.#warnOfVersion = createVersionWarning(options.warn);
  }

  async answer(asked: IncomingRequest): Promise<ApiReply> {
    const { clock } = this.#world;
    clock.tick();
    const { method, path, params } = asked;
    const key = asked.header('idempotency-key');
    const keyed = key !== undefined && method === 'POST';
    const use = keyed ? keyUse(key, `${method} ${path}`, params) : undefined;
    const id = `req_${randomText(14)}`;
    const began = { id, asked, key, use };
    const exchange: Exchange = { ...began, effects: [], executed: false, replayed: false };
    const at = clock.now().toISOString();
    const reply = await this.#reply(exchange);
    const unknown = reply.status === 404 && findRoute(method, path) === undefined;
    if (unknown) this.#options.warn(`unknown route, not built here: ${method} ${path}`);
    const { executed, replayed, effects } = exchange;
    const told = { id, at, method, path, idempotencyKey: key ?? null, status: reply.status };
    const faults = effects.map(({ kind }) => kind);
    this.#options.log.add({ ...told, executed, replayed, faults }, unknown);
    return reply;
  }

  async #reply(exchange: Exchange): Promise<ApiReply> {
    const { asked, key, use } = exchange;
    const found = findRoute(asked.method, asked.path);
    const { secretKey, faults } = this.#options;
    const isConnected = (id: string) => this.#world.store.get('account', id)?.closed === false;
    const refusal = wrongRequest(asked, { route: found?.route, secretKey, isConnected });
    if (refusal !== undefined || found === undefined) {
      return this.#failed(exchange, refusal ?? SERVER_ERROR);
    }
    this.#warnOfVersion(asked.header('stripe-version'));
    exchange.effects = faults.forRequest(asked.method, asked.path);
    const effect = exchange.effects.find(({ kind }) => kind !== 'latency');
    const struck = struckBefore(effect, key ?? '');
    if (struck === 'drop') return DROPPED;
    if (struck === 'html502') return HTML_502;
    if (struck !== undefined) return this.#failed(exchange, struck);
    const begun = use === undefined ? undefined : this.#keys.begin(use);
    if (begun?.isErr() === true) return this.#failed(exchange, begun.error);
    const kept = begun?.isOk() === true ? begun.value : undefined;
    if (kept !== undefined) return distorted(await this.#replay(exchange, kept), effect);
    let reply: ApiReply;
    try {
      await this.#wait(exchange, 'before');
      if (this.#options.closed.aborted) return DROPPED;
      reply = this.#execute(exchange, found.route.prepare(asOfNow(asked), found.ids), effect);
    } finally {
      if (use !== undefined) this.#keys.end(use.key);
    }
    await this.#wait(exchange, 'after');
    return distorted(reply, effect);
  }

  /** Nothing awaits in here: that is what makes every operation atomic. */
  #execute(
    exchange: Exchange,
    prepared: Result<Prepared, Failure>,
    effect: RequestEffect | undefined,
  ): ApiReply {
    const struck = effect?.kind === 'error500' ? effect : undefined;
    const reply = this.#failed(exchange, SERVER_ERROR);
    const broken: Done = { reply, body: { text: reply.body } };
    let done = broken;
    if (effect?.kind === 'refuse') {
      const refused = this.#failed(exchange, refusedBy(effect));
      done = { reply: refused, body: { text: refused.body } };
    } else if (struck?.executed !== false) {
      if (prepared.isErr()) return this.#failed(exchange, prepared.error);
      done = this.#run(exchange, prepared.value);
    }
    if (exchange.use !== undefined) {
      const kept = struck !== undefined && struck.kept !== false ? broken : done;
      const about = { at: this.#world.clock.nowMs(), requestId: exchange.id };
      const { body } = kept;
      this.#world.store.keepReply({ ...exchange.use, ...about, status: kept.reply.status, body });
    }
    // One line of the journal holds the change, its events and the kept reply: all or nothing.
    this.#options.commit();
    return struck === undefined ? done.reply : broken.reply;
  }

  #run(exchange: Exchange, prepared: Prepared): Done {
    const world = this.#world;
    world.request = { id: exchange.id, key: exchange.key ?? null };
    world.account = connectedAccountOf(exchange.asked.header);
    try {
      const result = prepared.execute(world);
      exchange.executed = true;
      if (result.isErr()) {
        const reply = this.#failed(exchange, result.error);
        return { reply, body: { text: reply.body } };
      }
      const { expand } = prepared;
      const { text, body } = writeAnswer(result.value, { expand, lookup: world.shows });
      return { reply: replyTo(exchange, 200, text), body };
    } catch (bug) {
      const { method, path } = exchange.asked;
      const what = bug instanceof Error ? (bug.stack ?? bug.message) : String(bug);
      this.#options.warn(`bug in ${method} ${path}: ${what}`);
      const reply = this.#failed(exchange, SERVER_ERROR);
      return { reply, body: { text: reply.body } };
    } finally {
      world.request = null;
      world.account = null;
    }
  }

  async #replay(exchange: Exchange, kept: KeptReply): Promise<ApiReply> {
    exchange.replayed = true;
    await this.#wait(exchange, 'before');
    await this.#wait(exchange, 'after');
    const reply = replyTo(exchange, kept.status, rewriteKept(kept.body, this.#world.shows));
    const replay = { 'Idempotent-Replayed': 'true', 'Original-Request': kept.requestId };
    return { ...reply, headers: { ...reply.headers, ...replay } };
  }

  #failed(exchange: Exchange, { status, error, shouldRetry, limitedBy }: Failure): ApiReply {
    const url = `${this.#world.shows.publicUrl}/_sandbox/requests/${exchange.id}`;
    const body = JSON.stringify({ error: { ...error, request_log_url: url } });
    const reply = replyTo(exchange, status, body);
    const more = {
      ...(error.code === NOT_IMPLEMENTED ? { 'Sandbox-Not-Implemented': 'true' } : {}),
      ...(limitedBy === undefined ? {} : { 'Stripe-Rate-Limited-Reason': limitedBy }),
      ...(shouldRetry === undefined ? {} : { 'Stripe-Should-Retry': String(shouldRetry) }),
    };
    return { ...reply, headers: { ...reply.headers, ...more } };
  }

  async #wait(exchange: Exchange, phase: 'after' | 'before'): Promise<void> {
    const signal = this.#options.closed;
    for (const effect of exchange.effects) {
      if (effect.kind !== 'latency' || (effect.phase ?? 'before') !== phase) continue;
      // It is cut short when the sandbox closes; the caller looks at the signal.
      await sleep(effect.ms, undefined, { signal }).catch(() => undefined);
    }
  }
}

function replyTo({ id, key }: Exchange, status: number, body: string): ApiReply {
  const headers = {
    'Content-Type': 'application/json',
    'Request-Id': id,
    'Stripe-Version': API_VERSION,
  };
  if (key === undefined) return { status, headers, body };
  return { status, headers: { ...headers, 'Idempotency-Key': key, 'Original-Request': id }, body };
}

function distorted(reply: ApiReply, effect: RequestEffect | undefined): ApiReply {
  if (effect?.kind === 'drop') return DROPPED;
  if (effect?.kind === 'truncate') return { ...reply, cut: 'truncate' };
  return effect?.kind === 'html502' ? HTML_502 : reply;
}
