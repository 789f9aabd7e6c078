import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Whether certificates can be made here; in CI they must be. */
export function canMakeCertificates(): boolean {
  if (spawnSync('openssl', ['version']).status === 0) return true;
  if (process.env.CI) throw new Error('CI needs openssl for the tests of TLS');
  console.warn('openssl is not installed: the tests of TLS are skipped');
  return false;
}

/** A certificate and its key, as paths of PEM files. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** An authority, or what is signed by itself: for the name that it is for. */
export function selfSigned(folder: string, name: string, subjectAltName = 'DNS:none'): Certificate {
  const [cert, key] = [join(folder, `${name}.pem`), join(folder, `${name}.key`)];
  const files = ['-keyout', key, '-out', cert];
  const facts = [
    '-days',
    '30',
    '-subj',
    `/CN=${name}`,
    '-addext',
    `subjectAltName=${subjectAltName}`,
  ];
  openssl(['req', '-x509', ...KEY, ...files, ...facts]);
  return { cert, key };
}

/** A certificate of the authority; `days` below 0: it has expired. */
export function signedBy(
  authority: Certificate,
  folder: string,
  { name, subjectAltName, days }: { name: string; subjectAltName: string; days: number },
): Certificate {
  const [cert, key] = [join(folder, `${name}.pem`), join(folder, `${name}.key`)];
  const [request, extensions] = [join(folder, `${name}.csr`), join(folder, `${name}.ext`)];
  writeFileSync(extensions, `subjectAltName=${subjectAltName}`);
  openssl(['req', '-new', ...KEY, '-keyout', key, '-out', request, '-subj', `/CN=${name}`]);
  const by = ['-CA', authority.cert, '-CAkey', authority.key, '-CAcreateserial'];
  const facts = ['-days', String(days), '-extfile', extensions, '-out', cert];
  openssl(['x509', '-req', '-in', request, ...by, ...facts]);
  return { cert, key };
}

function openssl(args: readonly string[]): void {
  execFileSync('openssl', args, { stdio: 'pipe' });
}
