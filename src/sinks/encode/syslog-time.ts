import { put } from './byte-text.ts';
import { IsoTime } from './iso-time.ts';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Times of syslog headers; the text of a second is kept, because logs come many to a second. */
export class SyslogTime {
  readonly #zone: Intl.DateTimeFormat;
  readonly #iso = new IsoTime();
  #bsdSec = -1;
  readonly #bsd = Buffer.alloc(15);

  /** @param timeZone of rfc3164; the machine's when not given */
  constructor(timeZone: string | undefined) {
    this.#zone = new Intl.DateTimeFormat('en-US', {
      ...(timeZone === undefined ? {} : { timeZone }),
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
      hourCycle: 'h23',
    });
  }

  /** RFC 5424 §6.2.3, UTC, with microseconds when there are any: six digits are the most it allows. At most 27 bytes. */
  rfc5424(out: Buffer, at: number, sec: number, ns: number): number {
    return this.#iso.write(out, at, sec, ns, 6);
  }

  /** RFC 3164 §4.1.2: `Mmm dd hh:mm:ss`, local, the day padded with a space. 15 bytes. */
  rfc3164(out: Buffer, at: number, sec: number): number {
    if (sec !== this.#bsdSec) {
      const part: Record<string, string> = {};
      for (const { type, value } of this.#zone.formatToParts(sec * 1000)) part[type] = value;
      const two = (name: string): string => (part[name] ?? '').padStart(2, '0');
      const text = `${MONTHS[Number(part['month']) - 1] ?? 'Jan'} ${(part['day'] ?? '').padStart(2, ' ')} ${two('hour')}:${two('minute')}:${two('second')}`;
      this.#bsd.write(text, 'latin1');
      this.#bsdSec = sec;
    }
    return put(out, at, this.#bsd);
  }
}
