/** A query and what somebody who knows the table would write by hand. */
export interface QueryShape {
  readonly query: string;
  /**
   * `{key}` is the column of a key, `{in range}` the test of the time range (and `{two minutes earlier}`),
   * `{logs}` the table, `{text}` and `{bloom}` the two expressions under a full-text index.
   */
  readonly byHand: string;
  /** The answers are estimates or in no certain order: only their number of rows is compared. */
  readonly loose?: true;
}

const PAGE = 'ORDER BY time DESC, shard DESC, cursor DESC, idx DESC LIMIT 100';

/** Thirty shapes: searches for a page of logs, SQL, SPL. `ID` stands for the request id of a log that exists. */
export const QUERY_SHAPES: readonly QueryShape[] = [
  // Searches: the newest hundred logs, whole.
  {
    query: 'method: POST and status in [400 499]',
    byHand: `SELECT * FROM {logs} WHERE {in range} AND {method} = 'POST' AND {status} BETWEEN 400 AND 499 ${PAGE}`,
  },
  {
    query: 'not status: 200 and bytes > 59990',
    byHand: `SELECT * FROM {logs} WHERE {in range} AND NOT ifNull({status} = 200, 0) AND {bytes} > 59990 ${PAGE}`,
  },
  {
    query: 'block and 100007',
    byHand: `SELECT * FROM {logs} WHERE {in range} AND hasToken({text}, 'block') AND hasToken({text}, '100007') ${PAGE}`,
  },
  {
    query: 'url: #"page=77&session"',
    byHand: `SELECT * FROM {logs} WHERE {in range} AND position(lower({url}), 'page=77&session') > 0 ${PAGE}`,
  },
  {
    query: 'user_agent: 15* and status: 500',
    byHand: `SELECT * FROM {logs} WHERE {in range} AND match(lower({user_agent}), '(^|[ /();,])15') AND {status} = 500 ${PAGE}`,
  },
  {
    query: 'ID',
    byHand: `SELECT * FROM {logs} WHERE {in range} AND hasToken({bloom}, 'ID') ${PAGE}`,
  },
  {
    query: 'request_id: ID',
    byHand: `SELECT * FROM {logs} WHERE {in range} AND hasToken({bloom}, 'ID') AND {request_id} = 'ID' ${PAGE}`,
  },
  {
    query: '__topic__: access not __source__: 192.0.2.1 and action: block',
    byHand: `SELECT * FROM {logs} WHERE {in range} AND topic = 'access' AND source != '192.0.2.1' AND {action} = 'block' ${PAGE}`,
  },
  // SQL.
  { query: '* | select count(1) as n', byHand: 'SELECT count() FROM {logs} WHERE {in range}' },
  {
    query: 'method: GET | select count(1) as n',
    byHand: "SELECT count() FROM {logs} WHERE {in range} AND {method} = 'GET'",
  },
  {
    query: '* | select client_ip, count(*) as n where status >= 400 group by client_ip order by n desc, client_ip',
    byHand:
      'SELECT {client_ip} AS ip, count() AS n FROM {logs} WHERE {in range} AND {status} >= 400 GROUP BY ip ORDER BY n DESC, ip LIMIT 100',
  },
  {
    query: "* | select time_series(__time__, '1m', '%H:%i', '0') as t, count(*) as c group by t order by t",
    byHand:
      "SELECT formatDateTime(b, '%H:%i') AS t, c FROM (SELECT toStartOfMinute(time) AS b, count() AS c FROM {logs} WHERE {in range} GROUP BY b ORDER BY b WITH FILL STEP INTERVAL 1 MINUTE) ORDER BY t LIMIT 100",
    loose: true,
  },
  {
    query: '* | select compare(pv, 120) from (select count(*) as pv from log)',
    byHand:
      'SELECT a, b, a / b FROM (SELECT count() AS a FROM {logs} WHERE {in range}) AS x, (SELECT count() AS b FROM {logs} WHERE {two minutes earlier}) AS y',
    loose: true,
  },
  {
    query: '* | select host, status, sum(bytes) as s, avg(bytes) as a group by host, status order by s desc limit 10',
    byHand:
      'SELECT {host} AS h, {status} AS st, sum({bytes}) AS s, avg({bytes}) FROM {logs} WHERE {in range} GROUP BY h, st ORDER BY s DESC LIMIT 10',
  },
  {
    query: '* | select approx_distinct(client_ip) as ips',
    byHand: 'SELECT uniq({client_ip}) FROM {logs} WHERE {in range}',
    loose: true,
  },
  {
    query: '* | select count(distinct client_ip) as ips',
    byHand: 'SELECT uniqExact({client_ip}) FROM {logs} WHERE {in range}',
  },
  {
    query: '* | select host, approx_percentile(bytes, 0.95) as p group by host order by host',
    byHand: 'SELECT {host} AS h, quantileTDigest(0.95)({bytes}) FROM {logs} WHERE {in range} GROUP BY h ORDER BY h',
    loose: true,
  },
  {
    query: "* | select date_trunc('minute', __time__) as t, count(1) as c group by t order by t",
    byHand: 'SELECT toStartOfMinute(time) AS t, count() AS c FROM {logs} WHERE {in range} GROUP BY t ORDER BY t LIMIT 100',
    loose: true,
  },
  {
    query: '* | select client_ip, count(1) as c group by client_ip having count(1) > 90 order by c desc, client_ip limit 50',
    byHand: 'SELECT {client_ip} AS ip, count() AS c FROM {logs} WHERE {in range} GROUP BY ip HAVING c > 90 ORDER BY c DESC, ip LIMIT 50',
  },
  {
    query: '* | select host, sum(case when status >= 400 then 1 else 0 end) as errors, count(1) as n group by host order by host',
    byHand: 'SELECT {host} AS h, countIf({status} >= 400), count() FROM {logs} WHERE {in range} GROUP BY h ORDER BY h',
  },
  {
    query: "* | select count(1) as c from log where url like '%session=123%'",
    byHand: "SELECT count() FROM {logs} WHERE {in range} AND {url} LIKE '%session=123%'",
  },
  {
    query: "* | select count(1) as c from log where regexp_like(url, 'page=4[0-9]{2}&')",
    byHand: "SELECT count() FROM {logs} WHERE {in range} AND match({url}, 'page=4[0-9]{2}&')",
  },
  {
    query: "* | select regexp_extract(url, '^([^?]+)', 1) as path, count(1) as c group by path order by c desc, path",
    byHand:
      "SELECT extract({url}, '^([^?]+)') AS path, count() AS c FROM {logs} WHERE {in range} GROUP BY path ORDER BY c DESC, path LIMIT 100",
  },
  {
    query: '* | select avg(c) as a, max(c) as m from (select client_ip, count(1) as c from log group by client_ip limit 1000000)',
    byHand: 'SELECT avg(c), max(c) FROM (SELECT {client_ip} AS ip, count() AS c FROM {logs} WHERE {in range} GROUP BY ip LIMIT 1000000)',
  },
  {
    query:
      '* | select host, path, c from (select host, path, c, row_number() over (partition by host order by c desc, path) as r from ' +
      "(select host, split_part(url, '?', 1) as path, count(1) as c from log group by host, path)) where r <= 3 order by host, c desc, path",
    byHand:
      "SELECT h, path, c FROM (SELECT {host} AS h, splitByChar('?', {url})[1] AS path, count() AS c FROM {logs} WHERE {in range} GROUP BY h, path) ORDER BY h, c DESC, path LIMIT 3 BY h",
  },
  {
    query:
      '* | select a.client_ip, a.n, b.m from (select client_ip, count(1) as n from log where status = 404 group by client_ip) a ' +
      'join (select client_ip, count(1) as m from log where status = 500 group by client_ip) b on a.client_ip = b.client_ip order by a.n desc, b.m desc, a.client_ip limit 20',
    byHand:
      'SELECT ip, countIf({status} = 404) AS n, countIf({status} = 500) AS m FROM (SELECT {client_ip} AS ip, {status} FROM {logs} WHERE {in range} AND {status} IN (404, 500)) GROUP BY ip HAVING n > 0 AND m > 0 ORDER BY n DESC, m DESC, ip LIMIT 20',
  },
  {
    query: '* | select client_ip, url, bytes order by bytes desc, url, client_ip limit 10',
    byHand: 'SELECT {client_ip}, {url}, {bytes} AS b FROM {logs} WHERE {in range} ORDER BY b DESC, {url}, {client_ip} LIMIT 10',
  },
  {
    query: '* | select avg(cast(request_time as double)) as a, max(bytes / 1024) as kb',
    byHand: 'SELECT avg(toFloat64OrNull({request_time})), max(intDiv({bytes}, 1024)) FROM {logs} WHERE {in range}',
  },
  // SPL.
  {
    query: "* | parse-regexp url, 'page=(\\d+)' as page | where page is not null | stats n=count(*) by page | sort n desc, page | limit 50",
    byHand:
      "SELECT extract({url}, 'page=(\\\\d+)') AS page, count() AS n FROM {logs} WHERE {in range} AND page != '' GROUP BY page ORDER BY n DESC, page LIMIT 50",
    loose: true,
  },
  {
    query: '* | where cast(status as bigint) >= 400 | stats n=count(*) by host',
    byHand: 'SELECT count() AS n, {host} AS h FROM {logs} WHERE {in range} AND {status} >= 400 GROUP BY h LIMIT 100',
    loose: true,
  },
];
