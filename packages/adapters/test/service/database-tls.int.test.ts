import { chownSync, copyFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { EmbeddedPostgres } from '../../src/postgres/embedded/embedded.js';
import { checkDatabase } from '../../src/postgres/schema/database-checkup.js';
import { migrationStatus } from '../../src/postgres/schema/migrate.js';
import { explainDatabase } from '../../src/service/database-wording.js';
import { admin } from '../setup/admin.js';
import {
  type Certificate,
  canMakeCertificates,
  selfSigned,
  signedBy,
} from '../setup/certificates.js';
import { newFolder, start } from '../setup/embedded.js';

/** What is said of this way into the server, by who migrates and by who looks; null: it is open. */
async function said(connectionString: string): Promise<string | null> {
  const status = await migrationStatus({ connectionString });
  const looked = await checkDatabase(connectionString);
  const told = [status, looked].map((result) => {
    if (result.isOk()) return null;
    if (result.error.type !== 'DatabaseUnavailable') throw new Error(result.error.detail);
    const { found, cure } = explainDatabase(result.error, connectionString);
    return `${found} -> ${cure}`;
  });
  expect(told[1]).toBe(told[0]);
  return told[0] ?? null;
}

describe.skipIf(!canMakeCertificates())('a server with TLS', () => {
  let server: EmbeddedPostgres;
  let cluster: string;
  let authority: Certificate;
  const folder = newFolder();
  const to = (query: string) => `${server.connectionString}?${query}`;

  /** The server shows this certificate to whoever comes next. */
  async function show({ cert, key }: Certificate): Promise<void> {
    const owner = statSync(cluster);
    for (const [from, name] of [
      [cert, 'server.crt'],
      [key, 'server.key'],
    ] as const) {
      copyFileSync(from, join(cluster, name));
      chownSync(join(cluster, name), owner.uid, owner.gid);
    }
    await admin(server.connectionString, 'alter system set ssl = on');
    await reload(to('sslmode=no-verify'));
  }

  /** Until it is in force, which is when a new session is told so. */
  async function reload(seenAt: string): Promise<void> {
    const [{ at } = { at: null }] = await admin<{ at: Date }>(
      server.connectionString,
      'select pg_conf_load_time() as at, pg_reload_conf()',
    );
    const loaded = async () =>
      (
        await admin<{ now: boolean }>(
          server.connectionString,
          `select pg_conf_load_time() > '${at?.toISOString()}' as now`,
        )
      ).at(0)?.now;
    await expect.poll(loaded).toBe(true);
    await expect
      .poll(() =>
        admin(seenAt, 'select 1').then(
          () => true,
          () => false,
        ),
      )
      .toBe(true);
  }

  beforeAll(async () => {
    server = await start(folder, { durable: false, keep: true });
    cluster = join(server.dataDir, 'cluster');
    authority = selfSigned(folder, 'authority');
    return () => server.close();
  });

  it('that is off is told where the URL asks for it', async () => {
    expect(await said(to('sslmode=require'))).toMatch(
      /^127\.0\.0\.1:\d+ does not offer TLS, .* \(ERR_NO_TLS_THERE\) -> set ssl=on .*sslmode=disable/,
    );
    expect(await said(to('sslmode=disable'))).toBeNull();
  });

  it('of an authority of its own is entered with its certificate, or without a look at it', async () => {
    const names = { name: 'good', subjectAltName: 'IP:127.0.0.1', days: 30 };
    await show(signedBy(authority, folder, names));
    expect(await said(to('sslmode=require'))).toMatch(
      /certificate of 127\.0\.0\.1:\d+ is of an authority that is not known here .* -> add sslrootcert=/,
    );
    expect(await said(to(`sslmode=verify-full&sslrootcert=${authority.cert}`))).toBeNull();
    expect(
      await said(to(`channel_binding=require&sslmode=require&sslrootcert=${authority.cert}`)),
    ).toBeNull();
    expect(await said(to('sslmode=no-verify'))).toBeNull();
    expect(await said(to('sslmode=require&uselibpqcompat=true'))).toBeNull();
  });

  it('with a certificate for another name', async () => {
    const names = { name: 'other', subjectAltName: 'DNS:elsewhere.example', days: 30 };
    await show(signedBy(authority, folder, names));
    const root = `sslrootcert=${authority.cert}`;
    expect(await said(to(`sslmode=verify-full&${root}`))).toMatch(
      /is for another host name \(ERR_TLS_CERT_ALTNAME_INVALID\) -> .*verify-ca/,
    );
    expect(await said(to(`sslmode=verify-ca&${root}`))).toBeNull();
  });

  it('with a certificate that has expired', async () => {
    const names = { name: 'old', subjectAltName: 'IP:127.0.0.1', days: -1 };
    await show(signedBy(authority, folder, names));
    expect(await said(to(`sslmode=verify-full&sslrootcert=${authority.cert}`))).toMatch(
      /has expired \(CERT_HAS_EXPIRED\) -> renew it/,
    );
  });

  it('with a certificate that is signed by itself', async () => {
    const own = selfSigned(folder, 'own', 'IP:127.0.0.1');
    await show(own);
    expect(await said(to('sslmode=require'))).toMatch(
      /is signed by itself \(DEPTH_ZERO_SELF_SIGNED_CERT\) -> add sslrootcert=/,
    );
    expect(await said(to(`sslmode=verify-full&sslrootcert=${own.cert}`))).toBeNull();
  });

  it('that lets nobody in without it', async () => {
    await show(selfSigned(folder, 'own', 'IP:127.0.0.1'));
    writeFileSync(join(cluster, 'pg_hba.conf'), 'hostssl all campusg_pay all scram-sha-256\n');
    const [{ at } = { at: null }] = await admin<{ at: Date }>(
      to('sslmode=no-verify'),
      'select pg_conf_load_time() as at, pg_reload_conf()',
    );
    expect(at).not.toBeNull();
    await expect
      .poll(() => said(server.connectionString))
      .toMatch(
        /^no rule of the server \(pg_hba\.conf\) lets the user "campusg_pay" in from here without TLS \(28000\) -> add sslmode=require/,
      );
    const stranger = new URL(to('sslmode=no-verify'));
    stranger.username = 'stranger';
    expect(await said(stranger.href)).toMatch(
      /lets the user "stranger" in from here by TLS \(28000\)/,
    );
  });
});
