import { createServer } from 'node:net';
import { join } from 'node:path';
import { tlsOf } from './tls.js';

/** The ports of one broker, all on the loopback. */
export interface Ports {
  readonly plain: number;
  /** With user name and password (SASL), for the user below. */
  readonly sasl: number;
  /** The same, encrypted. */
  readonly saslTls: number;
  readonly controller: number;
}

/** Who may use the SASL listener. */
export const SASL_USER = { username: 'payments', password: 'payments-secret' };

/** Where a broker keeps what it was told. */
export const dataOf = (folder: string): string => join(folder, 'data');

/** server.properties of one node that is broker and controller, without ZooKeeper. */
export function settingsOf(ports: Ports, folder: string): string {
  const { username, password } = SASL_USER;
  const plain = 'org.apache.kafka.common.security.plain.PlainLoginModule';
  const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule';
  const listeners = [
    `PLAINTEXT://127.0.0.1:${ports.plain}`,
    `SASL_PLAINTEXT://127.0.0.1:${ports.sasl}`,
    `SASL_SSL://127.0.0.1:${ports.saslTls}`,
  ].join(',');
  const one = (...names: string[]) => names.map((name) => [name, '1'] as const);
  const settings: readonly (readonly [string, string])[] = [
    ['process.roles', 'broker,controller'],
    ['node.id', '1'],
    ['controller.quorum.voters', `1@127.0.0.1:${ports.controller}`],
    ['controller.listener.names', 'CONTROLLER'],
    ['listeners', `${listeners},CONTROLLER://127.0.0.1:${ports.controller}`],
    ['advertised.listeners', listeners],
    [
      'listener.security.protocol.map',
      'PLAINTEXT:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT',
    ],
    ['sasl.enabled.mechanisms', 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512'],
    ...['sasl_plaintext', 'sasl_ssl'].flatMap((listener): [string, string][] => {
      const config = (mechanism: string) =>
        `listener.name.${listener}.${mechanism}.sasl.jaas.config`;
      return [
        [config('plain'), `${plain} required user_${username}="${password}";`],
        [config('scram-sha-256'), `${scram} required;`],
        [config('scram-sha-512'), `${scram} required;`],
      ];
    }),
    ...tlsOf(folder).settings,
    ['log.dirs', dataOf(folder)],
    // Topics are made on purpose, as in production.
    ['auto.create.topics.enable', 'false'],
    // One node can't hold the three copies that are the default.
    ...one('offsets.topic.replication.factor', 'transaction.state.log.replication.factor'),
    ...one('transaction.state.log.min.isr', 'share.coordinator.state.topic.replication.factor'),
    ...one('share.coordinator.state.topic.min.isr', 'offsets.topic.num.partitions'),
    // A first member need not wait for others, and a dead one is noticed in tests.
    ['group.initial.rebalance.delay.ms', '0'],
    ['group.min.session.timeout.ms', '1000'],
    // A broker that was killed is let back at once.
    ['broker.session.timeout.ms', '3000'],
    ['broker.heartbeat.interval.ms', '500'],
    ['log.segment.bytes', '67108864'],
  ];
  return settings.map(([name, value]) => `${name}=${value}\n`).join('');
}

/** Ports that nobody listens on. */
export async function freePorts(): Promise<Ports> {
  const servers = [0, 1, 2, 3].map(() => createServer().listen(0, '127.0.0.1'));
  const ports = await Promise.all(
    servers.map(async (server) => {
      if (!server.listening) await new Promise((resolve) => server.once('listening', resolve));
      const address = server.address();
      if (typeof address !== 'object' || address === null) throw new Error('no port');
      return address.port;
    }),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  const [plain = 0, sasl = 0, saslTls = 0, controller = 0] = ports;
  return { plain, sasl, saslTls, controller };
}
