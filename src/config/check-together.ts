import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import type { Settings } from './settings.ts';

export interface Finding {
  readonly name: string;
  readonly message: string;
  readonly insecureBind: boolean;
}

/** True for addresses only this machine can reach. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost') return true;
  if (isIP(host) === 0) return false;
  return ipaddr.process(host).range() === 'loopback';
}

function schemeOf(url: string): string | null {
  return URL.canParse(url) ? new URL(url).protocol.slice(0, -1) : null;
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/** What one setting alone cannot tell: pairs that belong together, addresses and times that mean something. */
export function checkTogether(settings: Settings): readonly Finding[] {
  const findings: Finding[] = [];
  const wrong = (name: string, message: string, insecureBind = false): void => {
    findings.push({ name, message, insecureBind });
  };
  for (const part of ['http', 'sls'] as const) {
    const { host, insecure, tlsCert, tlsKey } = settings[part];
    if ((tlsCert === undefined) !== (tlsKey === undefined))
      wrong(tlsCert === undefined ? `${part}.tlsCert` : `${part}.tlsKey`, `is missing: ${part}.tlsCert and ${part}.tlsKey belong together`);
    if (!isLoopback(host) && tlsCert === undefined && !insecure)
      wrong(
        `${part}.host`,
        `${host} can be reached from other machines: set ${part}.tlsCert and ${part}.tlsKey, or ${part}.insecure: true to send passwords and logs in the clear`,
        true,
      );
  }
  if ((settings.rootAkId === undefined) !== (settings.rootAkSecret === undefined))
    wrong(settings.rootAkId === undefined ? 'rootAkId' : 'rootAkSecret', 'is missing: rootAkId and rootAkSecret belong together');
  if (settings.rootAkId !== undefined && !/^[A-Za-z0-9._-]{2,64}$/.test(settings.rootAkId))
    wrong('rootAkId', `${JSON.stringify(settings.rootAkId)} is no access key id, expected 2 to 64 of a-z A-Z 0-9 . _ -`);
  if (!isTimeZone(settings.timeZone))
    wrong('timeZone', `${JSON.stringify(settings.timeZone)} is no time zone, expected a name such as Asia/Shanghai or UTC`);
  const window = settings.sls.logTimeWindow;
  if (window !== 'off' && !/^\d+[smhd],\d+[smhd]$/.test(window))
    wrong('sls.logTimeWindow', `${JSON.stringify(window)} is no window, expected age and lead such as 168h,15m or off`);
  const schemes = { stream: ['kafka', 'kafkas'], store: ['http', 'https'], state: ['postgres', 'postgresql'] } as const;
  for (const part of ['stream', 'store', 'state'] as const) {
    const { url } = settings[part];
    // The URL may hold a password: only its scheme is told.
    if (url !== undefined && !schemes[part].some((scheme) => scheme === schemeOf(url)))
      wrong(`${part}.url`, `has scheme ${schemeOf(url) ?? '(none)'}, expected ${schemes[part].join(' or ')}://…`);
  }
  return findings;
}
