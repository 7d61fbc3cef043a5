import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

export interface Certificates {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  /** Of a client, from the same authority. */
  readonly clientCert: string;
  readonly clientKey: string;
  /** An authority that nobody knows. */
  readonly otherCa: string;
  /** For localhost, but long past. */
  readonly expiredCert: string;
  /** For another host. */
  readonly wrongCert: string;
}

/** PEM files of an authority and of certificates it signed for localhost, with the machine's openssl. */
export function makeCertificates(dir: string): Certificates {
  const at = (name: string): string => join(dir, name);
  const openssl = (...args: string[]): void => void execFileSync('openssl', args, { cwd: dir, stdio: 'pipe' });
  const authority = (name: string): void =>
    openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', `${name}.key`, '-out', `${name}.pem`, '-subj', `/CN=${name}`, '-days', '30'); // prettier-ignore
  authority('ca');
  authority('other');
  openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=localhost'); // prettier-ignore
  openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', 'client.key', '-out', 'client.csr', '-subj', '/CN=shipper'); // prettier-ignore
  const sign = (csr: string, out: string, names: string, ...dates: string[]): void => {
    execFileSync('sh', ['-c', `printf 'subjectAltName=${names}' > ${out}.ext`], { cwd: dir });
    openssl('x509', '-req', '-in', csr, '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-out', out, '-extfile', `${out}.ext`, ...dates); // prettier-ignore
  };
  sign('server.csr', 'server.pem', 'DNS:localhost,IP:127.0.0.1', '-days', '30');
  sign('client.csr', 'client.pem', 'DNS:shipper', '-days', '30');
  sign('server.csr', 'wrong.pem', 'DNS:other.example', '-days', '30');
  // `x509 -req` cannot set dates in the past; `ca` can.
  execFileSync('sh', ['-c', ': > index.txt; echo 01 > serial'], { cwd: dir });
  execFileSync(
    'sh',
    [
      '-c',
      `printf '[ca]\\ndefault_ca=d\\n[d]\\ndatabase=index.txt\\nserial=serial\\nnew_certs_dir=.\\ndefault_md=sha256\\npolicy=p\\n[p]\\ncommonName=supplied\\n' > ca.cnf`,
    ],
    { cwd: dir },
  );
  openssl('ca', '-batch', '-config', 'ca.cnf', '-cert', 'ca.pem', '-keyfile', 'ca.key', '-in', 'server.csr', '-out', 'expired.pem', '-extfile', 'server.pem.ext', '-startdate', '20200101000000Z', '-enddate', '20210101000000Z', '-notext'); // prettier-ignore
  return {
    ca: at('ca.pem'),
    cert: at('server.pem'),
    key: at('server.key'),
    clientCert: at('client.pem'),
    clientKey: at('client.key'),
    otherCa: at('other.pem'),
    expiredCert: at('expired.pem'),
    wrongCert: at('wrong.pem'),
  };
}
