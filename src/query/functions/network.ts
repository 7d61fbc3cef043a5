import { call, raw, type Ch } from '../clickhouse/ch.ts';
import { guard } from '../lower/env.ts';
import { val, type Val } from '../lower/val.ts';
import { BIGINT, BOOLEAN, VARCHAR } from '../types/sql-type.ts';
import { fn, refused, type Build, type FunctionEntry } from './define.ts';
import { nullableItems } from './string.ts';

const URL_TOPIC = 'URLs';
const TOPIC = 'IP addresses';

// scheme, authority, path, query, fragment; no white space, nor the characters java.net.URI refuses
const URL =
  '\'^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?://([^/?#\\\\s]*))?([^?#\\\\s<>"{}|\\\\\\\\^`]*)(\\\\?[^#\\\\s<>"{}|\\\\\\\\^`]*)?(#[^\\\\s<>"{}|\\\\\\\\^`]*)?$\'';
const part = (u: Ch, n: number): Ch => raw('extractGroups(assumeNotNull(', u, `), ${URL})[${n}]`);
const decoded = (s: Ch): Ch => call('decodeURLComponent', s);
const ok = (u: Ch): Ch => raw('match(', u, `, ${URL})`);
const url =
  (body: (u: Ch) => Ch): Build =>
  ([u]) =>
    val(raw('if(', ok(u!.ch), ', ', body(u!.ch), ', NULL)'), VARCHAR, true);
const hostPort = (u: Ch): Ch => raw('replaceRegexpOne(', part(u, 2), ", '^.*@', '')");

export const NETWORK_FUNCTIONS: readonly FunctionEntry[] = [
  fn(URL_TOPIC, 'Host of a URL; NULL when it has none or is malformed.', [
    [
      'url_extract_host(varchar): varchar?',
      url((u) => raw('if(', u, " = '', '', nullIf(replaceRegexpOne(", hostPort(u), ", ':[0-9]*$', ''), ''))")),
    ],
  ]),
  fn(URL_TOPIC, 'Port of a URL; NULL when it has none.', [
    [
      'url_extract_port(varchar): bigint?',
      ([u]) => val(raw('if(', ok(u!.ch), ', toInt64OrNull(extract(', hostPort(u!.ch), ", ':([0-9]+)$')), NULL)"), BIGINT, true),
    ],
  ]),
  fn(URL_TOPIC, 'Path of a URL, decoded.', [['url_extract_path(varchar): varchar?', url((u) => decoded(part(u, 3)))]]),
  fn(URL_TOPIC, 'Query of a URL, decoded, without the question mark.', [
    ['url_extract_query(varchar): varchar?', url((u) => decoded(raw('substring(', part(u, 4), ', 2)')))],
  ]),
  fn(URL_TOPIC, 'Fragment of a URL, decoded.', [
    ['url_extract_fragment(varchar): varchar?', url((u) => decoded(raw('substring(', part(u, 5), ', 2)')))],
  ]),
  fn(URL_TOPIC, 'Scheme of a URL.', [['url_extract_protocol(varchar): varchar?', url((u) => part(u, 1))]]),
  fn(URL_TOPIC, 'First value of a parameter, NULL when the URL lacks it.', [
    [
      'url_extract_parameter(varchar, varchar): varchar?',
      ([u, k]) => {
        const items = raw("splitByChar('&', substring(", part(u!.ch, 4), ', 2))');
        const first = raw("arrayFirst(p -> decodeURLComponent(splitByChar('=', p)[1]) = ", k!.ch, ', ', items, ')');
        const has = raw("arrayExists(p -> decodeURLComponent(splitByChar('=', p)[1]) = ", k!.ch, ', ', items, ')');
        return val(
          raw(
            'if(',
            ok(u!.ch),
            ' AND ',
            part(u!.ch, 4),
            " != '' AND ",
            has,
            ', decodeURLComponent(if(position(',
            first,
            ", '=') = 0, '', substring(",
            first,
            ', position(',
            first,
            ", '=') + 1))), NULL)",
          ),
          VARCHAR,
          true,
        );
      },
    ],
  ]),
  fn(URL_TOPIC, 'A text as a form value: space is +, other bytes %XX.', [
    [
      'url_encode(varchar): varchar',
      ([s]) => {
        let out: Ch = call('encodeURLComponent', s!.ch);
        for (const [from, to] of [
          ['%20', '+'],
          ['~', '%7E'],
          ['!', '%21'],
          ["\\'", '%27'],
          ['(', '%28'],
          [')', '%29'],
          ['%2A', '*'],
        ] as const)
          out = raw('replaceAll(', out, `, '${from}', '${to}')`);
        return out;
      },
    ],
  ]),
  fn(URL_TOPIC, 'A form value as text.', [
    [
      'url_decode(varchar): varchar',
      ([s], cx) =>
        guard(
          cx.failing,
          raw('match(', s!.ch, ", '%([^0-9a-fA-F]|.[^0-9a-fA-F]|.?$)')"),
          'malformed % escape',
          val(raw('toValidUTF8(decodeURLFormComponent(', s!.ch, '))'), VARCHAR),
        ),
    ],
  ]),
  ...refused(URL_TOPIC, ['url_classify'], 'a machine-learning function of SLS'),

  fn(TOPIC, 'Network of an address with so many bits.', [
    [
      'ip_prefix(varchar, bigint): ipprefix',
      ([ip, n], cx) =>
        guard(
          cx.failing,
          raw('NOT (', v4(ip!.ch), ' OR ', v6(ip!.ch), ')'),
          'not an IP address',
          val(network(ip!.ch, n!.ch), { k: 'ipprefix' }),
        ),
    ],
  ]),
  fn(TOPIC, 'First address of a network.', [
    ['ip_subnet_min(ipprefix): ipaddress', ([c]) => bound(c!.ch, 1)],
    ['ip_subnet_min(varchar): ipaddress', ([c]) => bound(c!.ch, 1)],
  ]),
  fn(TOPIC, 'Last address of a network.', [
    ['ip_subnet_max(ipprefix): ipaddress', ([c]) => bound(c!.ch, 2)],
    ['ip_subnet_max(varchar): ipaddress', ([c]) => bound(c!.ch, 2)],
  ]),
  fn(TOPIC, 'First and last address of a network.', [
    ['ip_subnet_range(ipprefix): array(ipaddress)', ([c]) => nullableItems(call('array', bound(c!.ch, 1), bound(c!.ch, 2)))],
    ['ip_subnet_range(varchar): array(ipaddress)', ([c]) => nullableItems(call('array', bound(c!.ch, 1), bound(c!.ch, 2)))],
  ]),
  fn(TOPIC, 'True when an address lies in a network; the network comes first.', [
    ['is_subnet_of(ipprefix, varchar): boolean?', inside],
    ['is_subnet_of(varchar, varchar): boolean?', inside],
    ['is_subnet_of(ipprefix, ipaddress): boolean?', inside],
  ]),
  fn(TOPIC, 'True when the second network lies in the first.', [
    [
      'is_prefix_subnet_of(varchar, varchar): boolean?',
      ([a, b]) => {
        const ip = raw("splitByChar('/', assumeNotNull(", b!.ch, '))[1]');
        const bits = (c: Ch): Ch => raw("toUInt8OrZero(splitByChar('/', assumeNotNull(", c, '))[2])');
        return raw(
          'if(',
          v4(ip),
          ' OR ',
          v6(ip),
          ', isIPAddressInRange(',
          ip,
          ', ',
          a!.ch,
          ') AND ',
          bits(b!.ch),
          ' >= ',
          bits(a!.ch),
          ', NULL)',
        );
      },
    ],
  ]),
  fn(TOPIC, "'intranet' for private and loopback addresses, 'internet' for others, '' for what is no address.", [
    [
      'ip_to_domain(varchar): varchar',
      ([ip]) => {
        const nets = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '127.0.0.0/8']
          .map((net) => `isIPAddressInRange(x_, '${net}')`)
          .join(' OR ');
        const safe = raw('if(', v4(ip!.ch), ', assumeNotNull(', ip!.ch, "), '0.0.0.0')");
        return raw(
          'multiIf(isNull(',
          ip!.ch,
          '), NULL, ',
          v4(ip!.ch),
          `, if(arrayExists(x_ -> ${nets}, [`,
          safe,
          "]), 'intranet', 'internet'), ",
          v6(ip!.ch),
          ', if(match(',
          ip!.ch,
          ", '(?i)^(::1$|f[cd]|fe[89ab])'), 'intranet', 'internet'), '')",
        );
      },
    ],
  ]),
  ...refused(
    TOPIC,
    [
      'ip_to_country',
      'ip_to_country_code',
      'ip_to_province',
      'ip_to_city',
      'ip_to_geo',
      'ip_to_city_geo',
      'ip_to_provider',
      'ipv6_to_country',
      'ipv6_to_province',
      'ipv6_to_city',
      'ipv6_to_provider',
      'ipv6_to_country_code',
      'ipv6_to_city_code',
      'ipv6_to_province_code',
      'ipv6_to_domain',
    ],
    'there is no geolocation data set',
  ),
  ...refused(
    'Reference data',
    ['security_check_ip', 'security_check_domain', 'security_check_url', 'mobile_province', 'mobile_city', 'mobile_carrier'],
    'there is no such data set',
  ),
];

function v4(ip: Ch): Ch {
  return raw('isIPv4String(ifNull(', ip, ", ''))");
}
function v6(ip: Ch): Ch {
  return raw('isIPv6String(ifNull(', ip, ", ''))");
}

function network(ip: Ch, bits: Ch): Ch {
  const four = raw('toString(IPv4CIDRToRange(toIPv4OrDefault(ifNull(', ip, ", '')), toUInt8(least(", bits, ', 32))).1)');
  const six = raw('toString(IPv6CIDRToRange(toIPv6OrDefault(ifNull(', ip, ", '')), toUInt8(least(", bits, ', 128))).1)');
  return raw('concat(if(', v4(ip), ', ', four, ', ', six, "), '/', toString(", bits, '))');
}

function bound(cidr: Ch, side: 1 | 2): Ch {
  const ip = raw("splitByChar('/', assumeNotNull(", cidr, '))[1]');
  const bits = raw("toUInt8OrZero(splitByChar('/', assumeNotNull(", cidr, '))[2])');
  return raw(
    'if(',
    v4(ip),
    ', toString(IPv4CIDRToRange(toIPv4OrDefault(',
    ip,
    '), least(',
    bits,
    `, 32)).${side}), toString(IPv6CIDRToRange(toIPv6OrDefault(`,
    ip,
    '), ',
    bits,
    `).${side}))`,
  );
}

function inside([net, ip]: readonly Val[]): Val {
  const literal = net!.lit !== undefined ? net!.ch : raw('if(position(', net!.ch, ", '/') > 0, ", net!.ch, ", '0.0.0.0/0')");
  return val(
    raw(
      'if(',
      v4(ip!.ch),
      ' OR ',
      v6(ip!.ch),
      ', isIPAddressInRange(if(',
      v4(ip!.ch),
      ' OR ',
      v6(ip!.ch),
      ', assumeNotNull(',
      ip!.ch,
      "), '0.0.0.0'), ",
      literal,
      '), NULL)',
    ),
    BOOLEAN,
    true,
  );
}
