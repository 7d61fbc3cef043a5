import { ClickHouseLogLevel, createClient, type ClickHouseClient } from '@clickhouse/client';

export interface ClientOptions {
  /** `http(s)://host:port`. */
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** Statements at once: the lanes together. */
  readonly maxConnections: number;
}

/** The client as all of the product uses it. Times are limited by the settings of each statement, so the client's own limit only has to be longer than all of them. */
export function clickHouseClient(options: ClientOptions): ClickHouseClient {
  return createClient({
    url: options.url,
    username: options.user,
    password: options.password,
    database: options.database,
    application: 'sluice',
    max_open_connections: options.maxConnections,
    request_timeout: 3_600_000,
    compression: { request: false, response: false },
    // A server closes idle connections after 10 s by default; one that is taken just then would fail a statement.
    keep_alive: { enabled: true, idle_socket_ttl: 2500 },
    // Errors reach whoever called; the client's own lines on stderr would hold statements.
    log: { level: ClickHouseLogLevel.OFF },
  });
}
