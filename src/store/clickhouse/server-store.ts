import { SluiceError } from '../../core/errors.ts';
import type { LaneWidths } from '../lane-gate.ts';
import type { Store } from '../store.ts';
import { clickHouseClient } from './clickhouse-client.ts';
import { HttpStore } from './http-store.ts';

/**
 * The store on a ClickHouse server. `url`: `http(s)://user:password@host:8123/database`.
 * @throws config.invalid when the address is none
 */
export function openServerStore(url: string, lanes: LaneWidths): Store {
  let at: URL;
  try {
    at = new URL(url);
  } catch (thrown) {
    throw new SluiceError(
      'config.invalid',
      'store.url is no address; expected http(s)://user:password@host:8123/database',
      {},
      { cause: thrown },
    );
  }
  if (at.protocol !== 'http:' && at.protocol !== 'https:') {
    throw new SluiceError('config.invalid', `store.url begins with ${at.protocol}; expected http: or https:`, { setting: 'store.url' });
  }
  const client = clickHouseClient({
    url: at.origin,
    user: at.username === '' ? 'default' : decodeURIComponent(at.username),
    password: decodeURIComponent(at.password),
    database: at.pathname === '/' || at.pathname === '' ? 'default' : decodeURIComponent(at.pathname.slice(1)),
    // One more for kills, which wait for nobody.
    maxConnections: lanes.insert + lanes.background + lanes.people + lanes.control + 1,
  });
  return new HttpStore({ connection: { client: () => client, close: () => client.close() }, lanes });
}
