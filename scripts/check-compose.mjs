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
const namesIn = (pattern, of) => [...of.matchAll(pattern)].map((match) => match[1]);
/** From where a heading or a constant begins to its end. */
const section = (of, name, end = '\n}') => {
  const start = of.search(new RegExp(`^(?:export const )?${name}`, 'm'));
  return start < 0 ? '' : of.slice(start, of.indexOf(end, start + 1));
};
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

// variables.ts is the source; the README's table, .env.example and docker-compose.yml each have all of
// its variables, and nothing else.
const source = readFileSync(path.join(root, 'packages/adapters/src/service/variables.ts'), 'utf8');
const read = namesIn(/^ {2}([A-Z][A-Z_]+): (?:\{|[a-zA-Z]+,)/gm, section(source, 'VARIABLES'));
const defaults = new Map(
  [...section(source, 'DEFAULTS').matchAll(/^ {2}([A-Z_]+): '(.*)',$/gm)].map((m) => m.slice(1)),
);
expect(read.length > 0 && defaults.size > 0, 'no variables found in variables.ts');
/** Read by compose alone, or about the file itself. */
const ASIDE = ['POSTGRES_PASSWORD', 'CAMPUSG_PAY_ENV_FILE'];
/** Passed under another name, or fixed there. */
const ALIASES = { KAFKA_BOOTSTRAP_SERVERS: 'KAFKA_BROKERS' };

const variables = new Set([...text.matchAll(/\$\{([A-Z_]+)/g)].map((match) => match[1]));
const readme = section(
  readFileSync(path.join(root, 'README.md'), 'utf8'),
  '## Configuration',
  '\n## ',
);
const rows = readme
  .split('\n')
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .filter(([, names]) => /^`[A-Z_]+`/.test(names ?? ''))
  .map(([, names, told]) => ({
    names: namesIn(/`([A-Z_]+)`/g, names),
    defaults: namesIn(/`([^`]+)`/g, told),
  }));
for (const [place, names] of [
  ['.env.example', namesIn(/^#? ?([A-Z][A-Z_]+)=/gm, documented)],
  ['the table of README.md', rows.flatMap(({ names }) => names)],
  ['docker-compose.yml', [...Object.keys(service.environment), ...Object.keys(ALIASES)]],
]) {
  for (const name of read) expect(names.includes(name), `${name} is not in ${place}`);
  for (const name of new Set(names)) {
    const known = read.includes(name) || ASIDE.includes(name);
    expect(known, `${name} is in ${place}, and nothing reads it`);
  }
}
/** Places in the containers, whatever .env says of the machine. */
const FIXED = { HOST: '0.0.0.0', PORT: '3003', DATABASE_URL: /@payment-db:5432\/payments$/ };
for (const [name, value] of Object.entries(service.environment)) {
  const passed = namesIn(/\$\{([A-Z_]+)/g, value).filter((one) => !ASIDE.includes(one));
  const isFixed = name in FIXED && value.match(FIXED[name]) !== null;
  expect(
    isFixed || (passed[0] === name && passed.every((one) => (ALIASES[one] ?? one) === name)),
    `docker-compose.yml: ${name} does not pass ${name} of .env`,
  );
}
for (const [alias, name] of Object.entries(ALIASES)) {
  expect(service.environment[name]?.includes(`\${${alias}`), `${alias} is not passed`);
}
for (const { names, defaults: told } of rows) {
  for (const [index, name] of names.entries()) {
    const wanted = defaults.get(name);
    const found = told[names.length > 1 ? index : 0];
    expect(found === wanted, `README.md: the default of ${name} is ${wanted}, not ${found}`);
  }
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
