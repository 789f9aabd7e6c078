import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { describeConfig, readConfig, VARIABLE_NAMES } from '../../src/service/config.js';
import { DEFAULTS } from '../../src/service/variables.js';

const folder = mkdtempSync(join(tmpdir(), 'campusg-pay-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

function fileWith(text: string): string {
  const path = join(folder, `secret-${Math.random()}`);
  writeFileSync(path, text);
  chmodSync(path, 0o600);
  return path;
}

const errorsOf = (environment: Record<string, string>) =>
  readConfig(environment)._unsafeUnwrapErr();

const variablesOf = (environment: Record<string, string>) =>
  errorsOf(environment).map(({ variable }) => variable);

const PRODUCTION = {
  NODE_ENV: 'production',
  DATABASE_URL: 'postgres://pay:secret@db/pay',
  STRIPE_SECRET_KEY: 'sk_live_1',
  STRIPE_WEBHOOK_SECRET: 'whsec_1',
  API_KEYS: 'orders:0123456789abcdef',
  KAFKA_BROKERS: 'kafka:9092',
};

describe('with nothing set', () => {
  it('everything runs embedded, on the documented port, for this machine only', () => {
    expect(readConfig({})._unsafeUnwrap()).toMatchObject({
      production: false,
      host: '127.0.0.1',
      port: 3003,
      currency: 'USD',
      databaseUrl: null,
      stripe: null,
      apiKeys: [],
      rateLimitPerMinute: null,
      maxInFlight: 250,
    });
  });

  it('an empty value counts as not set, as .env files have them', () => {
    const empty = { STRIPE_SECRET_KEY: '', DATABASE_URL: '', PORT: '', API_KEYS: '' };
    expect(readConfig(empty)._unsafeUnwrap()).toEqual(readConfig({})._unsafeUnwrap());
  });
});

describe('each part switches by its own variable:', () => {
  it('DATABASE_URL alone', () => {
    const config = readConfig({ DATABASE_URL: 'postgresql://pay@db/pay' })._unsafeUnwrap();
    expect(config).toMatchObject({ databaseUrl: 'postgresql://pay@db/pay', stripe: null });
  });

  it('STRIPE_SECRET_KEY alone, and webhooks wait for their secret', () => {
    const config = readConfig({ STRIPE_SECRET_KEY: 'rk_test_1' })._unsafeUnwrap();
    expect(config).toMatchObject({
      databaseUrl: null,
      stripe: { secretKey: 'rk_test_1', webhookSecrets: [], apiBase: null },
    });
  });

  it('STRIPE_API_BASE needs a key with it', () => {
    const STRIPE_API_BASE = 'http://127.0.0.1:12111';
    expect(variablesOf({ STRIPE_API_BASE })).toEqual(['STRIPE_SECRET_KEY']);
    const config = readConfig({ STRIPE_API_BASE, STRIPE_SECRET_KEY: 'sk_test_1' })._unsafeUnwrap();
    expect(config.stripe?.apiBase?.href).toBe('http://127.0.0.1:12111/');
  });

  it('two webhook secrets while they are rotated', () => {
    const config = readConfig({
      STRIPE_SECRET_KEY: 'sk_test_1',
      STRIPE_WEBHOOK_SECRET: 'whsec_old, whsec_new',
    })._unsafeUnwrap();
    expect(config.stripe?.webhookSecrets).toEqual(['whsec_old', 'whsec_new']);
  });
});

describe('errors', () => {
  const SECRET = 'hunter2hunter2hunter2';
  const WRONG = {
    NODE_ENV: 'prod',
    PORT: '70000',
    LOG_LEVEL: 'loud',
    PAYMENT_CURRENCY: 'XXX',
    DATABASE_URL: `mysql://root:${SECRET}@db`,
    DATABASE_POOL_SIZE: '1',
    STRIPE_SECRET_KEY: SECRET,
    STRIPE_PUBLISHABLE_KEY: SECRET,
    STRIPE_WEBHOOK_SECRET: `whsec_fine,${SECRET}`,
    STRIPE_API_BASE: 'ftp://stripe',
    STRIPE_TIMEOUT_MS: '5',
    API_KEYS: SECRET,
    RATE_LIMIT_PER_MINUTE: '-1',
    MAX_IN_FLIGHT: '0',
    SANDBOX_PORT: '12.5',
    USER_SERVICE_URL: 'user-service',
    ORDER_SERVICE_URL: 'localhost:3002',
    KAFKA_BROKERS: 'kafka',
    KAFKA_BOOTSTRAP_SERVERS: 'kafka:9092,kafka:0',
    KAFKA_EVENTS_TOPIC: 'payment events',
    KAFKA_COMMANDS_TOPIC: '..',
    KAFKA_SSL: 'yes',
    KAFKA_SSL_CA: SECRET,
    KAFKA_SASL_MECHANISM: 'gssapi',
  };

  it('are told all at once, one for each wrong variable', () => {
    expect(variablesOf(WRONG).sort()).toEqual(Object.keys(WRONG).sort());
  });

  it('never repeat what was set', () => {
    const told = JSON.stringify(errorsOf(WRONG));
    for (const value of [SECRET, 'mysql', 'whsec_fine', '70000', 'loud']) {
      expect(told).not.toContain(value);
    }
  });

  it('each say a rule', () => {
    for (const { rule } of errorsOf(WRONG)) expect(rule).toMatch(/^(must|is) /);
  });
});

describe('API_KEYS', () => {
  it('are names and keys', () => {
    const API_KEYS = 'orders:0123456789abcdef, app : with:colon:in:the:key ';
    expect(readConfig({ API_KEYS })._unsafeUnwrap().apiKeys).toEqual([
      { name: 'orders', key: '0123456789abcdef' },
      { name: 'app', key: 'with:colon:in:the:key' },
    ]);
  });

  it.each([
    ['a key that is too short', 'orders:short'],
    ['no name', ':0123456789abcdef'],
    ['no colon', '0123456789abcdef'],
    ['a name twice', 'a:0123456789abcdef,a:fedcba9876543210'],
    ['one good, one bad', 'a:0123456789abcdef,b'],
  ])('with %s are refused', (_what, API_KEYS) => {
    expect(variablesOf({ API_KEYS })).toEqual(['API_KEYS']);
  });
});

describe('STRIPE_API_BASE', () => {
  const withBase = (STRIPE_API_BASE: string, STRIPE_SECRET_KEY = 'sk_test_1') => ({
    STRIPE_API_BASE,
    STRIPE_SECRET_KEY,
  });

  it.each([
    ['a path', 'https://proxy.test/stripe'],
    ['a query', 'https://proxy.test/?a=b'],
    ['a fragment', 'https://proxy.test/#a'],
    ['a user', 'https://me:secret@proxy.test'],
  ])('with %s is refused: it would be dropped silently', (_what, url) => {
    expect(variablesOf(withBase(url))).toEqual(['STRIPE_API_BASE']);
  });

  it.each(['sk_live_1', 'rk_live_1'])('takes no http:// with the live key %s', (key) => {
    for (const url of ['http://proxy.test', 'http://127.0.0.1.proxy.test', 'http://10.0.0.1']) {
      expect(errorsOf(withBase(url, key))).toEqual([
        { variable: 'STRIPE_API_BASE', rule: expect.stringContaining('https://') },
      ]);
    }
  });

  it('takes http:// with a live key on this machine, and with a test key anywhere', () => {
    for (const url of ['http://localhost:1', 'http://127.0.0.1:1', 'http://[::1]:1']) {
      expect(readConfig(withBase(url, 'sk_live_1')).isOk()).toBe(true);
    }
    expect(readConfig(withBase('https://proxy.test', 'sk_live_1')).isOk()).toBe(true);
    expect(readConfig(withBase('http://sandbox.test')).isOk()).toBe(true);
  });
});

describe('RETURN_URL', () => {
  it.each(['sk_live_1', 'rk_live_1'])('is no http:// with the live key %s', (key) => {
    const RETURN_URL = 'HTTP://localhost/thanks';
    expect(errorsOf({ STRIPE_SECRET_KEY: key, RETURN_URL })).toEqual([
      { variable: 'RETURN_URL', rule: 'must be https:// with a live key' },
    ]);
    expect(readConfig({ STRIPE_SECRET_KEY: 'sk_test_1', RETURN_URL }).isOk()).toBe(true);
  });
});

describe('KAFKA_BROKERS', () => {
  it.each(['KAFKA_BROKERS', 'KAFKA_BOOTSTRAP_SERVERS'])('%s is a list of host:port', (name) => {
    const config = readConfig({ [name]: 'kafka-1:9092, [::1]:9093' })._unsafeUnwrap();
    expect(config.kafka?.brokers).toEqual(['kafka-1:9092', '[::1]:9093']);
    expect(readConfig({})._unsafeUnwrap().kafka).toBeNull();
  });

  it.each(['kafka', 'kafka:', ':9092', 'kafka:70000', 'http://kafka:9092', 'a:1,b', ','])(
    '%s is none',
    (list) => expect(variablesOf({ KAFKA_BROKERS: list })).toEqual(['KAFKA_BROKERS']),
  );

  it('under both names is refused: nobody could tell which one counts', () => {
    const both = { KAFKA_BROKERS: 'a:1', KAFKA_BOOTSTRAP_SERVERS: 'b:2' };
    expect(variablesOf(both)).toEqual(['KAFKA_BOOTSTRAP_SERVERS']);
  });
});

describe('Kafka', () => {
  const KAFKA_BROKERS = 'kafka:9092';
  const SASL = {
    KAFKA_SASL_MECHANISM: 'scram-sha-512',
    KAFKA_SASL_USERNAME: 'payments',
    KAFKA_SASL_PASSWORD: 'hunter2',
  };

  it('is spoken to in the clear on the platform topics, unless told', () => {
    expect(readConfig({ KAFKA_BROKERS })._unsafeUnwrap().kafka).toEqual({
      brokers: ['kafka:9092'],
      clientId: 'payment-service',
      eventsTopic: 'payment_events',
      commandsTopic: 'payment_commands',
      consumerGroup: 'payment-service-group',
      dialect: 'own',
      ssl: null,
      sasl: null,
    });
  });

  it('takes a certificate and a password from files', () => {
    const { KAFKA_SASL_PASSWORD, ...sasl } = SASL;
    const config = readConfig({
      ...sasl,
      KAFKA_BROKERS,
      KAFKA_SSL: 'true',
      KAFKA_SSL_CA_FILE: fileWith('-----BEGIN CERTIFICATE-----\nMII=\n'),
      KAFKA_SASL_PASSWORD_FILE: fileWith(`${KAFKA_SASL_PASSWORD}\n`),
    })._unsafeUnwrap();
    expect(config.kafka?.ssl?.ca).toContain('MII=');
    expect(config.kafka?.sasl).toEqual({
      mechanism: 'scram-sha-512',
      username: 'payments',
      password: 'hunter2',
    });
  });

  it.each(Object.keys(SASL))('with a forgotten %s says which one it is', (forgotten) => {
    const rest = { KAFKA_BROKERS, ...SASL, [forgotten]: '' };
    expect(variablesOf(rest)).toEqual([forgotten]);
    expect(JSON.stringify(errorsOf(rest))).not.toContain('hunter2');
  });

  it('with an authority that would not be used is refused', () => {
    const KAFKA_SSL_CA = '-----BEGIN CERTIFICATE-----\nMII=';
    expect(variablesOf({ KAFKA_BROKERS, KAFKA_SSL_CA })).toEqual(['KAFKA_SSL']);
  });

  it('by its other name satisfies production', () => {
    const { KAFKA_BROKERS: KAFKA_BOOTSTRAP_SERVERS, ...rest } = PRODUCTION;
    expect(readConfig({ ...rest, KAFKA_BOOTSTRAP_SERVERS }).isOk()).toBe(true);
  });
});

describe('NAME_FILE', () => {
  it('reads a secret from a file, without the line end that editors add', () => {
    const config = readConfig({
      STRIPE_SECRET_KEY_FILE: fileWith('sk_test_from_file\n'),
      API_KEYS_FILE: fileWith('orders:0123456789abcdef\n'),
    })._unsafeUnwrap();
    expect(config.stripe?.secretKey).toBe('sk_test_from_file');
    expect(config.apiKeys).toHaveLength(1);
  });

  it('together with NAME is refused: nobody could tell which one counts', () => {
    const STRIPE_SECRET_KEY_FILE = fileWith('sk_test_1');
    const both = { STRIPE_SECRET_KEY: 'sk_test_2', STRIPE_SECRET_KEY_FILE };
    expect(errorsOf(both)).toEqual([
      { variable: 'STRIPE_SECRET_KEY', rule: expect.stringContaining('STRIPE_SECRET_KEY_FILE') },
    ]);
  });

  it('that can not be read is an error of its own name', () => {
    expect(variablesOf({ DATABASE_URL_FILE: join(folder, 'missing') })).toEqual([
      'DATABASE_URL_FILE',
    ]);
  });

  it('with the wrong thing in it does not tell what it was', () => {
    const errors = errorsOf({ STRIPE_SECRET_KEY_FILE: fileWith('hunter2') });
    expect(JSON.stringify(errors)).not.toContain('hunter2');
    expect(errors).toHaveLength(1);
  });
});

describe('production', () => {
  it('needs all five of them, and says so at once', () => {
    expect(variablesOf({ NODE_ENV: 'production' })).toEqual([
      'DATABASE_URL',
      'STRIPE_SECRET_KEY',
      'STRIPE_WEBHOOK_SECRET',
      'API_KEYS',
      'KAFKA_BROKERS',
    ]);
  });

  it('is satisfied with files as well', () => {
    const { STRIPE_SECRET_KEY, ...rest } = PRODUCTION;
    const STRIPE_SECRET_KEY_FILE = fileWith(STRIPE_SECRET_KEY);
    expect(readConfig({ ...rest, STRIPE_SECRET_KEY_FILE }).isOk()).toBe(true);
  });

  it('is not satisfied with an empty file or an empty list', () => {
    const { STRIPE_SECRET_KEY: _, ...rest } = PRODUCTION;
    const STRIPE_SECRET_KEY_FILE = fileWith('\n');
    expect(readConfig({ ...rest, STRIPE_SECRET_KEY_FILE }).isErr()).toBe(true);
    expect(readConfig({ ...PRODUCTION, API_KEYS: ' , ' }).isErr()).toBe(true);
    expect(readConfig({ ...PRODUCTION, STRIPE_WEBHOOK_SECRET: ',' }).isErr()).toBe(true);
  });

  it('listens to everybody, as containers must', () => {
    expect(readConfig(PRODUCTION)._unsafeUnwrap()).toMatchObject({
      production: true,
      host: '0.0.0.0',
    });
  });
});

describe('a service that others can reach', () => {
  it.each(['0.0.0.0', '::', '192.168.1.5', 'pay.example', '127.0.0.1.evil.example', 'localhost.'])(
    'HOST=%s wants API keys',
    (HOST) => {
      const errors = readConfig({ HOST })._unsafeUnwrapErr();
      expect(errors).toEqual([
        { variable: 'API_KEYS', rule: expect.stringMatching(/^is required unless HOST is/) },
      ]);
      expect(readConfig({ HOST, API_KEYS: 'web:0123456789abcdef' }).isOk()).toBe(true);
    },
  );

  it.each(['127.0.0.1', '127.0.1.1', 'localhost', 'LOCALHOST', '::1'])(
    'HOST=%s, which is this machine alone, wants none',
    (HOST) => {
      expect(readConfig({ HOST })._unsafeUnwrap().host).toBe(HOST);
    },
  );
});

describe('the origins whose pages may call', () => {
  it.each([
    ['https://app.example.com', ['https://app.example.com']],
    [
      'https://app.example.com, http://localhost:5173',
      ['https://app.example.com', 'http://localhost:5173'],
    ],
  ])('%s', (CORS_ORIGINS, corsOrigins) => {
    expect(readConfig({ CORS_ORIGINS })._unsafeUnwrap().corsOrigins).toEqual(corsOrigins);
  });

  it.each([
    '*',
    'null',
    ',',
    'app.example.com',
    'https://app.example.com/',
    'https://app.example.com/path',
    'https://app.example.com:443',
    'https://*.example.com',
    'https://user@app.example.com',
    'HTTPS://app.example.com',
    'file:///page.html',
    'https://app.example.com,*',
  ])('%s is no list of origins', (CORS_ORIGINS) => {
    const errors = readConfig({ CORS_ORIGINS })._unsafeUnwrapErr();
    expect(errors).toEqual([
      { variable: 'CORS_ORIGINS', rule: expect.stringMatching(/^must be a comma-separated list/) },
    ]);
  });
});

describe('the configuration as it is shown', () => {
  it.each(Object.entries(DEFAULTS))('%s=%s is what counts where it is not set', (name, text) => {
    expect(readConfig({ [name]: text })).toEqual(readConfig({}));
  });

  it('names every variable, and where its value comes from', () => {
    const file = fileWith('postgres://pay:secret@db/pay\n');
    const shown = describeConfig({ PORT: '8080', DATABASE_URL_FILE: file });
    expect(shown.map(({ variable }) => variable)).toEqual(VARIABLE_NAMES);
    expect(shown.filter(({ source }) => source !== 'default')).toEqual([
      { variable: 'PORT', value: '8080', source: 'environment' },
      { variable: 'DATABASE_URL', value: 'postgres://pay:****@db/pay', source: 'file' },
    ]);
  });

  it.each([
    ['API_KEYS', 'a:0123456789abcdef, b:fedcba9876543210', 'a:****,b:****'],
    ['API_KEYS', '0123456789abcdef', '****'],
    ['STRIPE_SECRET_KEY', 'rk_live_0123456789', 'rk_live_****'],
    ['STRIPE_WEBHOOK_SECRET', 'whsec_new,whsec_old', 'whsec_****,whsec_****'],
    ['STRIPE_SECRET_KEY', 'pasted the wrong thing', '****'],
    ['DATABASE_URL', 'postgres://db/pay', 'postgres://db/pay'],
  ])('%s=%s reads %s', (variable, text, masked) => {
    const shown = describeConfig({ [variable]: text });
    expect(shown.find((one) => one.variable === variable)?.value).toBe(masked);
  });
});

describe('ARCHIVE_AFTER_DAYS and ARCHIVE_TO', () => {
  const archive = (environment: Record<string, string>) =>
    readConfig(environment).map((config) => config.archive);

  it('say which histories leave the database, and where to; without them all stay', () => {
    expect(archive({})._unsafeUnwrap()).toBeNull();
    expect(
      archive({ ARCHIVE_AFTER_DAYS: '400', ARCHIVE_TO: '/srv/archive' })._unsafeUnwrap(),
    ).toEqual({ afterMs: 400 * 86_400_000, folder: '/srv/archive' });
    expect(archive({ ARCHIVE_AFTER_DAYS: '90', ARCHIVE_TO: 'drop' })._unsafeUnwrap()).toEqual({
      afterMs: 90 * 86_400_000,
      folder: null,
    });
  });

  it.each([
    [{ ARCHIVE_AFTER_DAYS: '400' }, ['ARCHIVE_TO']],
    [{ ARCHIVE_TO: 'drop' }, ['ARCHIVE_AFTER_DAYS']],
    [{ ARCHIVE_AFTER_DAYS: '89', ARCHIVE_TO: 'drop' }, ['ARCHIVE_AFTER_DAYS']],
    [{ ARCHIVE_AFTER_DAYS: '400', ARCHIVE_TO: 'archive' }, ['ARCHIVE_TO']],
    [{ ARCHIVE_AFTER_DAYS: 'never', ARCHIVE_TO: '' }, ['ARCHIVE_AFTER_DAYS']],
  ])('%j is refused and names %j', (environment, variables) => {
    expect(variablesOf(environment)).toEqual(variables);
  });
});

describe('OPS_APPROVAL_ABOVE', () => {
  it('is amounts in minor units, each currency once', () => {
    const { approvalAbove } = readConfig({
      OPS_APPROVAL_ABOVE: '50000 USD, 7000jpy',
    })._unsafeUnwrap();
    expect(approvalAbove).toEqual([
      { amountMinor: 50000, currency: 'USD' },
      { amountMinor: 7000, currency: 'JPY' },
    ]);
  });

  it.each(['50000', 'USD 50000', '500.00 USD', '1 USD', '50000 USD, 60000 USD', '50000 ABC', ','])(
    'refuses %s',
    (text) => {
      expect(variablesOf({ OPS_APPROVAL_ABOVE: text })).toEqual(['OPS_APPROVAL_ABOVE']);
    },
  );
});

describe('the text of a value', () => {
  const BASE = { KAFKA_BROKERS: 'kafka:9092' };

  it.each([' 8080 ', '8080\r', '8080\r\n', '\u00a08080', '\ufeff8080'])(
    '%j is read without what surrounds it, from a file too',
    (PORT) => {
      expect(readConfig({ PORT })._unsafeUnwrap().port).toBe(8080);
      expect(readConfig({ PORT_FILE: fileWith(PORT) })._unsafeUnwrap().port).toBe(8080);
    },
  );

  it.each([
    ['STRIPE_SECRET_KEY', '"sk_test_1"'],
    ['STRIPE_SECRET_KEY', "'sk_test_1'"],
    ['DATABASE_URL', 'postgres://db/pay"'],
    ['API_KEYS', '"orders:0123456789abcdef"'],
    ['OPERATOR', '"night"'],
    ['KAFKA_SASL_USERNAME', '"payments"'],
    ['CAMPUSG_PAY_DATA_DIR', '"data"'],
  ])('%s=%s, as docker leaves it, is refused for its quotes, from a file too', (name, text) => {
    const rule = 'must not have quotes around its value';
    expect(errorsOf({ [name]: text })).toContainEqual({ variable: name, rule });
    const file = `${name}_FILE`;
    expect(errorsOf({ [file]: fileWith(text) })).toContainEqual({ variable: file, rule });
  });

  it.each(['sk_test_1\r\nsk_test_2', 'sk_\u200btest_1', 'sk_test_1\u202e', 'sk_test_1\u0000'])(
    '%j is refused for what can not be seen',
    (STRIPE_SECRET_KEY) => {
      const rule = 'must not have line ends or invisible characters in its value';
      expect(errorsOf({ STRIPE_SECRET_KEY })).toEqual([{ variable: 'STRIPE_SECRET_KEY', rule }]);
    },
  );

  it('that is a password may end in a quote, and be refused only between two', () => {
    const sasl = { ...BASE, KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_USERNAME: 'u' };
    const read = readConfig({ ...sasl, KAFKA_SASL_PASSWORD: `a"` })._unsafeUnwrap();
    expect(read.kafka?.sasl?.password).toBe(`a"`);
    expect(variablesOf({ ...sasl, KAFKA_SASL_PASSWORD: `"a"` })).toContain('KAFKA_SASL_PASSWORD');
  });

  it('that is a certificate may have its lines, or be one line', () => {
    for (const pem of [
      '-----BEGIN CERTIFICATE-----\r\nMII=',
      '-----BEGIN CERTIFICATE-----\\nMII=',
    ]) {
      const { kafka } = readConfig({
        ...BASE,
        KAFKA_SSL: 'true',
        KAFKA_SSL_CA: pem,
      })._unsafeUnwrap();
      expect(kafka?.ssl?.ca).toMatch(/-----\r?\nMII=$/);
    }
  });

  it('of a file in another encoding is refused by its name', () => {
    const STRIPE_SECRET_KEY_FILE = join(folder, 'utf-16');
    writeFileSync(STRIPE_SECRET_KEY_FILE, Buffer.from('\ufeffsk_test_1', 'utf16le'));
    expect(errorsOf({ STRIPE_SECRET_KEY_FILE })).toEqual([
      { variable: 'STRIPE_SECRET_KEY_FILE', rule: 'must name a text file in UTF-8' },
    ]);
  });

  it.each([
    ['RETURN_URL', 'campusg.com/thanks', /absolute http or https URL/],
    ['RETURN_URL', 'https:\\\\evil.example', /absolute http or https URL/],
    ['STRIPE_TIMEOUT_MS', '20s', /milliseconds .* digits only/],
    ['STRIPE_TIMEOUT_MS', '1e4', /milliseconds .* digits only/],
    ['HOLD_EXPIRY_WARN_HOURS', '1d', /hours .* digits only/],
    ['COMPAT_ROUTES', 'yes', /true or false/],
    ['COMPAT_ROUTES', '1', /true or false/],
    ['KAFKA_SSL', 'TRUE', /true or false/],
    ['RATE_LIMIT_PER_MINUTE', '600/min', /from 1 to 1000000/],
    ['MAX_IN_FLIGHT', 'none', /from 1 to 10000/],
  ])('%s=%s is refused, with what it must be', (name, text, rule) => {
    expect(errorsOf({ [name]: text })).toEqual([
      { variable: name, rule: expect.stringMatching(rule) },
    ]);
  });
});
