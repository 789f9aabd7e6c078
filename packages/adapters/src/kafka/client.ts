import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Logger } from '@campusg-pay/core';
import { type ISocketFactory, Kafka, logLevel } from 'kafkajs';
import { mendIdleTimers } from './idle-timers.js';
import type { KafkaConfig } from './kafka-config.js';

/** A client whose connections can be cut all at once. */
export interface KafkaClient {
  readonly kafka: Kafka;
  /** Breaks every connection; what waits for an answer fails, and no new one is made. */
  cut(): void;
}

/** How long a broker may take to accept a connection, and to answer a request. */
const CONNECT_WITHIN_MS = 3_000;
export const ANSWER_WITHIN_MS = 10_000;

/**
 * A client that does not try again by itself, except at the next broker of the list: its callers do,
 * with all that they know. What it says goes to the log at debug, for the callers tell what matters.
 */
export function createKafkaClient(config: KafkaConfig, log: Logger): KafkaClient {
  mendIdleTimers();
  const sockets = new Set<Socket>();
  let isCut = false;
  const socketFactory: ISocketFactory = ({ host, port, ssl, onConnect }) => {
    if (isCut) throw new Error('the client is closed');
    const named = isIP(host) === 0 ? { servername: host } : {};
    const socket = ssl
      ? connectTls({ host, port, ...named, ...ssl }, onConnect)
      : connectPlain({ host, port }, onConnect);
    socket.setKeepAlive(true, 30_000);
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    return socket;
  };
  const { brokers, clientId, ssl, sasl } = config;
  const kafka = new Kafka({
    brokers: [...brokers],
    clientId,
    ...(ssl === null ? {} : { ssl: ssl.ca === null ? true : { ca: ssl.ca } }),
    ...(sasl === null ? {} : { sasl: saslOptions(sasl) }),
    connectionTimeout: CONNECT_WITHIN_MS,
    authenticationTimeout: ANSWER_WITHIN_MS,
    requestTimeout: ANSWER_WITHIN_MS,
    retry: { retries: brokers.length - 1, initialRetryTime: 50, maxRetryTime: 500 },
    socketFactory,
    logLevel: logLevel.INFO,
    logCreator:
      () =>
      ({ namespace, log: { message } }) =>
        log.debug({ namespace }, `kafkajs: ${message}`),
  });
  return {
    kafka,
    cut: () => {
      isCut = true;
      // With an error: kafkajs lets nobody wait any longer only when it hears of one.
      for (const socket of sockets) socket.destroy(new Error('the client is closed'));
    },
  };
}

/** kafkajs wants to see which mechanism it is, by type. */
function saslOptions({ mechanism, username, password }: NonNullable<KafkaConfig['sasl']>) {
  switch (mechanism) {
    case 'plain':
      return { mechanism, username, password };
    case 'scram-sha-256':
      return { mechanism, username, password };
    case 'scram-sha-512':
      return { mechanism, username, password };
  }
}
