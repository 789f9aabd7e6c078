import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readAddress } from '../../src/postgres/connection/database-address.js';
import { openPool } from '../../src/postgres/connection/pool.js';
import { masked } from '../../src/service/masking.js';

const folder = mkdtempSync(join(tmpdir(), 'campusg-pay-address-'));
afterAll(() => rmSync(folder, { recursive: true }));
const notPem = join(folder, 'not.pem');
writeFileSync(notPem, 'hello');

const read = (url: string) => readAddress(url)._unsafeUnwrap();
const one = (host: string | undefined, port?: number) => [{ host, port }];

describe('where a database is', () => {
  it.each([
    ['postgres://me:pw@db:5433/pay', one('db', 5433)],
    ['postgresql://me:pw@db.example.com/pay', one('db.example.com')],
    ['postgres://me@[::1]:5433/pay', one('::1', 5433)],
    ['postgres://me@[fe80::1%25eth0]/pay', one('fe80::1%eth0')],
    ['postgres:///pay', one(undefined)],
    ['postgres://', one(undefined)],
    ['postgres://me:pw@/pay?host=/run/postgresql', one('/run/postgresql')],
    ['postgres://me:pw@localhost/pay?host=/cloudsql/a:b:c', one('/cloudsql/a:b:c')],
    ['postgres://me:pw@%2Frun%2Fpostgresql:5433/pay', one('/run/postgresql', 5433)],
    ['postgres://me:pw@%2Fcloudsql%2Fa%3Ab%3Ac/pay', one('/cloudsql/a:b:c')],
    ['postgres://me@a:1,b:2,[::1]:3/pay', [...one('a', 1), ...one('b', 2), ...one('::1', 3)]],
    ['postgres://me@a,b:2/pay', [...one('a'), ...one('b', 2)]],
    ['postgres://me@a,b/pay?port=7', [...one('a', 7), ...one('b', 7)]],
    ['postgres://me@/pay?host=a,b&port=1,2', [...one('a', 1), ...one('b', 2)]],
  ])('%s', (url, hosts) => {
    expect(read(url).hosts).toEqual(hosts);
  });
});

describe('who enters which database', () => {
  it.each([
    ['postgres://me:pw@db/pay', 'me', 'pw', 'pay'],
    ['postgres://db/pay', undefined, undefined, 'pay'],
    ['postgres://db', undefined, undefined, undefined],
    ['postgres://me:@db/pay', 'me', undefined, 'pay'],
    ['postgres://me%40corp:p%2Fw%25%23%3F@db/my%20pay', 'me@corp', 'p/w%#?', 'my pay'],
    // A vendor's user names its project.
    ['postgres://postgres.abcdef:pw@db:6543/postgres', 'postgres.abcdef', 'pw', 'postgres'],
    ['postgres://db/?user=me&password=p%26w&dbname=pay', 'me', 'p&w', 'pay'],
    // These can be nothing else than a part of the password.
    ['postgres://me:p#w:x@y,z w@db/pay', 'me', 'p#w:x@y,z w', 'pay'],
  ])('%s', (url, user, password, database) => {
    expect(read(url)).toMatchObject({ user, password, database });
  });
});

describe('how a connection is encrypted', () => {
  const anyone = { rejectUnauthorized: false };
  it.each([
    ['', undefined],
    ['?sslmode=disable', false],
    ['?ssl=false', false],
    ['?sslmode=require', {}],
    ['?sslmode=prefer', {}],
    ['?sslmode=verify-full', {}],
    ['?ssl=true', {}],
    ['?sslmode=verify-full&sslrootcert=system', {}],
    ['?sslrootcert=system', {}],
    ['?sslmode=verify-ca', {}],
    ['?sslmode=no-verify', anyone],
    ['?ssl=no-verify', anyone],
    ['?uselibpqcompat=true&sslmode=require', anyone],
    ['?uselibpqcompat=true&sslmode=verify-full', {}],
    ['?host=/run/postgresql&sslmode=require', false],
  ])('%s', (query, ssl) => {
    expect(read(`postgres://me@db/pay${query}`).ssl).toEqual(ssl);
  });

  it('with channel binding where that is offered, and TLS from the first byte, as the URL wants it', () => {
    const { driver } = read(
      'postgres://db/pay?sslmode=require&channel_binding=require&sslnegotiation=direct',
    );
    expect(driver).toEqual({ enableChannelBinding: true, sslnegotiation: 'direct' });
  });
});

it('tells the driver what else the URL says, and passes over what is for other clients', () => {
  const url =
    'postgres://db/pay?options=-c%20search_path%3Dx&application_name=a&connect_timeout=7&lock_timeout=5' +
    '&pgbouncer=true&connection_limit=3&keepalives=1&target_session_attrs=primary';
  expect(read(url)).toMatchObject({
    target: 'primary',
    driver: {
      options: '-c search_path=x',
      application_name: 'a',
      connectionTimeoutMillis: 7_000,
      lock_timeout: 5,
    },
  });
});

/** What is wrong with each, and what the sentence about it must say. */
const WRONG: readonly [string, RegExp][] = [
  ['mysql://me:hunter2@db/pay', /^must be a postgres:\/\/ URL, such as postgres:\/\/user/],
  ['jdbc:postgresql://db/pay?user=me&password=hunter2', /a jdbc: URL is for Java/],
  ['host=db dbname=pay password=hunter2', /host=\.\.\. dbname=\.\.\. is not read here/],
  ['"postgres://me:hunter2@db/pay"', /without quotes or blanks/],
  [' postgres://me:hunter2@db/pay', /without quotes or blanks/],
  ['postgres://me:hunter2@db/\npay', /line breaks/],
  ['postgres:/me:hunter2@db/pay', /^must be a postgres:\/\/ URL/],
  ['postgres://me:hunter2%@db/pay', /a % that encodes nothing: write % as %25/],
  ['postgres://me:hunter2%zz@db/pay', /write % as %25/],
  ['postgres://me:hunter2%ff@db/pay', /write % as %25/],
  ['postgres://me:hunter2%00@db/pay', /write % as %25/],
  ['postgres://me:hunter/2@db/pay', /percent-encode.*\/ is %2F/],
  ['postgres://me:12/hunter2@db/pay', /percent-encode.*\/ is %2F/],
  ['postgres://me:hunter?2@db/pay', /percent-encode.*\? is %3F/],
  ['postgres://me:12?hunter2@db/pay', /percent-encode.*\? is %3F/],
  ['postgres://me:hunter2', /port that is no number.*percent-encode/],
  ['postgres://me:hunter2/pay', /port that is no number.*percent-encode/],
  ['postgres://me:hunter2@db:70000/pay', /port that is no number from 1 to 65535/],
  ['postgres://me:hunter2@db:0/pay', /port that is no number/],
  ['postgres://me:hunter2@d!b/pay', /host name that can't be one/],
  ['postgres://me:hunter2@::1/pay', /port that is no number/],
  ['postgres://me:hunter2@a,b,c/pay?port=1,2', /one port, or one for each host/],
  ['postgres://me:hunter2@a,%2Frun/pay', /a socket beside hosts/],
  ['postgres://me:hunter2@db/pay?sslmod=require', /the parameter sslmod, which is not known/],
  ['postgres://me@db/pay?hunter2', /a parameter, which is not known/],
  ['postgres://me:hunter2@db/pay?schema=pay', /options=-c%20search_path%3DNAME instead/],
  ['postgres://me:hunter2@db/pay?sslmode=required', /an sslmode of disable, .*verify-full/],
  ['postgres://me:hunter2@db/pay?ssl=yes', /an sslmode of/],
  [
    'postgres://me:hunter2@db/pay?sslmode=verify-full&sslrootcert=/no/ca.pem',
    /ENOENT.*\/no\/ca\.pem/,
  ],
  [`postgres://me:hunter2@db/pay?sslrootcert=${notPem}`, /no certificate in PEM form/],
  [`postgres://me:hunter2@db/pay?sslcert=${notPem}`, /sslcert and sslkey together/],
  [`postgres://me:hunter2@db/pay?sslcert=${notPem}&sslkey=${notPem}`, /sslcert that holds no/],
  ['postgres://me:hunter2@db/pay?channel_binding=require&sslmode=disable', /channel_binding/],
  ['postgres://me:hunter2@db/pay?channel_binding=require', /channel_binding.*add sslmode/],
  ['postgres://me:hunter2@db/pay?sslnegotiation=direct&sslmode=disable', /sslnegotiation=direct/],
  ['postgres://me:hunter2@db/pay?target_session_attrs=standby', /read-write, primary, any/],
  ['postgres://me:hunter2@db/pay?connect_timeout=soon', /whole number as connect_timeout/],
];

describe('a URL that can not be used', () => {
  it.each(WRONG)('%j is refused by its own rule, without what may be secret', (url, rule) => {
    const said = readAddress(url)._unsafeUnwrapErr();
    expect(said).toMatch(rule);
    expect(said).not.toMatch(/hun|ter2/);
    // What fails to open it tells no more than that.
    const open = () => openPool({ connectionString: url, applicationName: 'test' });
    expect(open).toThrow(RangeError);
    expect(open).toThrow(said);
    expect(masked('DATABASE_URL', url)).not.toMatch(/hun|ter2/);
  });

  it.each([
    ['postgres://me:hunter2@a:1,b:2/pay', 'postgres://me:****@a:1,b:2/pay'],
    ['postgres://me:hun#t@er2@db/pay', 'postgres://me:****@db/pay'],
    ['postgres://me:hunter2@/pay?host=/run', 'postgres://me:****@/pay?host=/run'],
    ['postgres:///pay?pass%77ord=hunter2', 'postgres:///pay?pass%77ord=****'],
    ['postgres://db/pay?passwort=hunter2', '****'],
    ['postgres://db/pay?hunter', '****'],
  ])('%s is shown as %s', (url, shown) => {
    expect(masked('DATABASE_URL', url)).toBe(shown);
  });
});
