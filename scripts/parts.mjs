// The real parts that tests need beside npm packages: what they are for, how to see that they are there, how to get them.
// Kept in a cache folder outside the clone (SLUICE_CACHE_DIR, default ~/.cache/sluice) and made again when missing.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

export const cacheDir = process.env.SLUICE_CACHE_DIR ?? join(homedir(), '.cache', 'sluice');

const has = (command) => spawnSync('sh', ['-c', `command -v ${command}`], { stdio: 'ignore' }).status === 0;

let aptReady = false;
function apt(...packages) {
  if (typeof process.getuid !== 'function' || process.getuid() !== 0 || !has('apt-get'))
    return `needs root and apt-get to install ${packages.join(' ')}`;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  if (!aptReady) {
    spawnSync('apt-get', ['update', '-qq'], { env, stdio: 'ignore' });
    aptReady = true;
  }
  const done = spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', '--no-remove', ...packages], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return done.status === 0 ? '' : `apt-get install ${packages.join(' ')} failed: ${done.stderr.toString().trim().split('\n').pop()}`;
}

/** Downloads Debian packages and unpacks them under the cache folder, without installing anything. */
function unpack(name, packages) {
  if (!has('apt-get') || !has('dpkg')) return `needs apt-get and dpkg to unpack ${packages.join(' ')}`;
  const folder = join(cacheDir, name);
  mkdirSync(folder, { recursive: true });
  const script = `apt-get download -qq ${packages.join(' ')} && for file in *.deb; do dpkg -x "$file" root || exit 1; done && rm -f *.deb`;
  const done = spawnSync('sh', ['-c', script], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  return done.status === 0 ? '' : `apt-get download ${packages.join(' ')} failed: ${done.stderr.toString().trim().split('\n').pop()}`;
}

const KAFKA_VERSION = '4.1.1';
const KAFKA = `kafka-${KAFKA_VERSION}`;
/** The broker's jars from Maven Central: 43 MB. */
function kafka() {
  if (!has('mvn')) return 'needs Maven';
  const folder = join(cacheDir, KAFKA);
  mkdirSync(folder, { recursive: true });
  const dependency = `<dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>${KAFKA_VERSION}</version></dependency>`;
  writeFileSync(
    join(folder, 'pom.xml'),
    `<project><modelVersion>4.0.0</modelVersion><groupId>parts</groupId><artifactId>kafka</artifactId><version>1</version><dependencies>${dependency}</dependencies></project>`,
  );
  const goal = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies';
  const args = ['-q', '-B', goal, '-DoutputDirectory=libs', '-DincludeScope=runtime'];
  const done = spawnSync('mvn', args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  return done.status === 0 ? '' : `mvn failed: ${done.stdout.toString().trim().split('\n').pop()}`;
}

const VERSITYGW_VERSION = '1.8.0';
const VERSITYGW = `versitygw-${VERSITYGW_VERSION}`;
/** An S3 server that checks signatures, built from the Go module proxy: some two minutes of processor time. */
function versitygw() {
  if (!has('go')) return 'needs Go';
  const env = { ...process.env, GOBIN: join(cacheDir, VERSITYGW), CGO_ENABLED: '0' };
  const module = `github.com/versity/versitygw/cmd/versitygw@v${VERSITYGW_VERSION}`;
  const done = spawnSync('go', ['install', '-trimpath', '-ldflags=-s -w', module], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  return done.status === 0 ? '' : `go install ${module} failed: ${done.stderr.toString().trim().split('\n').pop()}`;
}

const COLLECTOR = 'otel-collector-0.144.0';
/** An OpenTelemetry Collector, built from the Go module proxy: some two minutes of processor time. */
function collector() {
  if (!has('go')) return 'needs Go';
  const out = join(cacheDir, COLLECTOR, 'otelcol-parts');
  const cwd = join(import.meta.dirname, '..', 'test', 'receivers', 'otel-collector');
  const env = { ...process.env, CGO_ENABLED: '0' };
  const done = spawnSync('go', ['build', '-trimpath', '-ldflags=-s -w', '-o', out, '.'], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  return done.status === 0 ? '' : `go build of test/receivers/otel-collector failed: ${done.stderr.toString().trim().split('\n').pop()}`;
}

/** @type {{name: string, for: string, present: () => boolean, install: () => string}[]} `install` answers '' or why it could not. */
export const parts = [
  { name: 'chromium', for: 'the console tests (test/e2e)', present: () => has('chromium'), install: () => apt('chromium') },
  {
    name: 'a Chinese font',
    for: 'the console tests (test/e2e)',
    present: () => spawnSync('sh', ['-c', 'fc-list :lang=zh-cn | grep -q .']).status === 0,
    install: () => apt('fonts-noto-cjk'),
  },
  {
    name: 'rsyslog with TLS',
    for: 'the syslog tests (src/sinks/syslog)',
    present: () => has('rsyslogd') && spawnSync('sh', ['-c', 'ls /usr/lib/*/rsyslog/lmnsd_ossl.so'], { stdio: 'ignore' }).status === 0,
    install: () => apt('rsyslog', 'rsyslog-openssl'),
  },
  {
    name: 'syslog-ng',
    for: 'the syslog tests (src/sinks/syslog)',
    present: () => existsSync(join(cacheDir, 'syslog-ng', 'root', 'usr', 'sbin', 'syslog-ng')),
    // Its package and that of rsyslog exclude each other, so it is only unpacked.
    install: () => unpack('syslog-ng', ['syslog-ng-core', 'libivykis0', 'libnet1', 'libpcre3', 'libwrap0']),
  },
  { name: 'openssl', for: 'the TLS tests (test/receivers)', present: () => has('openssl'), install: () => apt('openssl') },
  {
    name: 'python3 with venv',
    for: 'the official Python SDK (test/compat)',
    present: () => spawnSync('python3', ['-c', 'import venv, ensurepip'], { stdio: 'ignore' }).status === 0,
    install: () => apt('python3', 'python3-venv'),
  },
  { name: 'go', for: 'the official Go SDK (test/compat)', present: () => has('go'), install: () => apt('golang') },
  {
    name: 'java and maven',
    for: 'the official Java clients (test/compat)',
    present: () => has('java') && has('mvn'),
    install: () => apt('default-jdk-headless', 'maven'),
  },
  {
    name: 'kafka',
    for: 'the Kafka tests (src/sinks/kafka)',
    present: () => existsSync(join(cacheDir, KAFKA, 'libs', `kafka_2.13-${KAFKA_VERSION}.jar`)),
    install: kafka,
  },
  {
    name: 'versitygw',
    for: 'the object storage tests (src/sinks/object-storage)',
    present: () => existsSync(join(cacheDir, VERSITYGW, 'versitygw')),
    install: versitygw,
  },
  {
    name: 'the OpenTelemetry Collector',
    for: 'the tests of Splunk HEC and OTLP (src/sinks)',
    present: () => existsSync(join(cacheDir, COLLECTOR, 'otelcol-parts')),
    install: collector,
  },
  { name: 'cargo', for: 'the official Rust SDK (test/compat)', present: () => has('cargo'), install: () => apt('cargo') },
];

/** Makes sure of every part; answers the ones still missing with the reason. */
export function ensureParts() {
  mkdirSync(cacheDir, { recursive: true });
  const missing = [];
  for (const part of parts) {
    if (part.present()) continue;
    console.log(`Getting ${part.name}, for ${part.for} …`);
    const problem = part.install();
    if (problem !== '' || !part.present())
      missing.push({ name: part.name, for: part.for, why: problem || 'still not there after the install' });
  }
  return missing;
}
