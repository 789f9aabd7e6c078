// docker-compose.yml and .env.example, as far as they can be checked without starting anything.
// Where the compose plugin is installed it judges the first as well.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { quiet, root, StepFailed } from './child.mjs';

const text = readFileSync(path.join(root, 'docker-compose.yml'), 'utf8');
const { services, volumes } = parse(text);
const documented = readFileSync(path.join(root, '.env.example'), 'utf8');
const problems = [];
const expect = (condition, sentence) => {
  if (!condition) problems.push(sentence);
};

for (const name of ['payment-db', 'payment-service', 'kafka']) {
  expect(services[name], `${name} is missing`);
}
for (const [name, { image, build, healthcheck, volumes: mounts = [] }] of Object.entries(
  services,
)) {
  // The service's own health check is in its image.
  expect(healthcheck?.test || build, `${name} has no health check`);
  expect(build || /:\d/.test(image ?? ''), `${name}: ${image} names no version`);
  for (const mount of mounts) {
    const volume = mount.split(':')[0];
    expect(volume in volumes, `${name}: ${volume} is not a named volume`);
  }
}
const pom = readFileSync(path.join(root, 'scripts/kafka/pom.xml'), 'utf8');
const [, tested] = /<kafka.version>(.+)<\/kafka.version>/.exec(pom) ?? [];
expect(
  services.kafka?.image === `apache/kafka:${tested}`,
  `kafka is not the version that is tested, ${tested}`,
);
const service = services['payment-service'];
expect(service.environment.KAFKA_BROKERS, 'payment-service: KAFKA_BROKERS is not set');
expect(
  service.depends_on['payment-db']?.condition === 'service_healthy',
  'starts before its database',
);
expect(
  service.ports.some((port) => port.endsWith(':3003')),
  'port 3003 is not published',
);

const dockerfile = readFileSync(path.join(root, 'Dockerfile'), 'utf8');
expect(/^HEALTHCHECK /m.test(dockerfile), 'Dockerfile: no HEALTHCHECK');
expect(/^USER (?!root)\w+/m.test(dockerfile), 'Dockerfile: runs as root');

const table = readFileSync(path.join(root, 'packages/adapters/src/service/variables.ts'), 'utf8');
const read = [...table.matchAll(/^ {2}([A-Z][A-Z_]+): \{/gm)].map((match) => match[1]);
expect(read.length > 0, 'no variables found in variables.ts');
const variables = new Set([...text.matchAll(/\$\{([A-Z_]+)/g)].map((match) => match[1]));
for (const name of new Set([...read, ...variables])) {
  expect(new RegExp(`^#? ?${name}=`, 'm').test(documented), `${name} is not in .env.example`);
}
for (const [name, value] of Object.entries(service.environment)) {
  const secret = /_(KEY|KEYS|SECRET|PASSWORD)$/.test(name);
  expect(!secret || /^\$\{\w+:(\?[^}]+|-)\}$/.test(value), `${name}: a secret with a default`);
}

if (spawnSync('docker', ['compose', 'version']).status === 0) {
  const env = Object.fromEntries([...variables].map((name) => [name, 'x']));
  try {
    await quiet('docker compose config', 'docker', ['compose', 'config', '--quiet'], { env });
    console.log('docker compose accepts the file');
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    problems.push('docker compose refuses the file');
  }
}

for (const problem of problems) console.error(problem);
console.log(
  `${Object.keys(services).length} services, ${read.length} variables, ${problems.length} problems`,
);
process.exitCode = problems.length > 0 ? 1 : 0;
