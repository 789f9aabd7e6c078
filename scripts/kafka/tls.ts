import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Keeps nothing secret: the key is a broker's on the loopback, made anew for each folder. */
const STORE_PASSWORD = 'not-a-secret';

/** Where a broker's key and certificate are, and how Kafka is told. */
export function tlsOf(folder: string): {
  readonly authority: string;
  readonly settings: readonly (readonly [string, string])[];
} {
  const store = join(folder, 'tls.p12');
  return {
    authority: join(folder, 'tls.pem'),
    settings: [
      ['ssl.keystore.type', 'PKCS12'],
      ['ssl.keystore.location', store],
      ['ssl.keystore.password', STORE_PASSWORD],
    ],
  };
}

/** Makes a key with a certificate that nobody else vouches for, with what Java brings along. */
export async function makeCertificate(folder: string): Promise<void> {
  const store = ['-alias', 'broker', '-keystore', join(folder, 'tls.p12'), '-storetype', 'PKCS12'];
  const open = [...store, '-storepass', STORE_PASSWORD];
  // The address only: by its name it is not to be believed.
  const names = ['-dname', 'CN=broker', '-ext', 'san=ip:127.0.0.1'];
  await run('keytool', ['-genkeypair', ...open, '-keyalg', 'EC', '-validity', '3650', ...names]);
  await run('keytool', ['-exportcert', '-rfc', ...open, '-file', tlsOf(folder).authority]);
}
