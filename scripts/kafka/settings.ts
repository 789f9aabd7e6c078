import { createServer } from 'node:net';

/** The ports of one broker, all on the loopback. */
export interface Ports {
  readonly plain: number;
  /** With user name and password (SASL), for the user below. */
  readonly sasl: number;
  readonly controller: number;
}

/** Who may use the SASL listener. */
export const SASL_USER = { username: 'payments', password: 'payments-secret' };

/** server.properties of one node that is broker and controller, without ZooKeeper. */
export function settingsOf(ports: Ports, dataFolder: string): string {
  const { username, password } = SASL_USER;
  const plain = 'org.apache.kafka.common.security.plain.PlainLoginModule';
  const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule';
  const listeners = `PLAINTEXT://127.0.0.1:${ports.plain},SASL_PLAINTEXT://127.0.0.1:${ports.sasl}`;
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
      'PLAINTEXT:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT',
    ],
    ['sasl.enabled.mechanisms', 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512'],
    [
      'listener.name.sasl_plaintext.plain.sasl.jaas.config',
      `${plain} required user_${username}="${password}";`,
    ],
    ['listener.name.sasl_plaintext.scram-sha-256.sasl.jaas.config', `${scram} required;`],
    ['listener.name.sasl_plaintext.scram-sha-512.sasl.jaas.config', `${scram} required;`],
    ['log.dirs', dataFolder],
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
  const servers = [0, 1, 2].map(() => createServer().listen(0, '127.0.0.1'));
  const ports = await Promise.all(
    servers.map(async (server) => {
      if (!server.listening) await new Promise((resolve) => server.once('listening', resolve));
      const address = server.address();
      if (typeof address !== 'object' || address === null) throw new Error('no port');
      return address.port;
    }),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  const [plain = 0, sasl = 0, controller = 0] = ports;
  return { plain, sasl, controller };
}
