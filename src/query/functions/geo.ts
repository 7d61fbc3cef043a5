import { raw } from '../clickhouse/ch.ts';
import { val } from '../lower/val.ts';
import { VARCHAR } from '../types/sql-type.ts';
import { fn, refused, type FunctionEntry } from './define.ts';

const TOPIC = 'Geography';

export const GEO_FUNCTIONS: readonly FunctionEntry[] = [
  fn(
    TOPIC,
    'Geohash of a latitude and longitude, or of the text `lat,lon`.',
    [
      [
        'geohash(varchar): varchar',
        ([s]) =>
          val(
            raw(
              "geohashEncode(toFloat64OrNull(splitByChar(',', assumeNotNull(",
              s!.ch,
              "))[2]), toFloat64OrNull(splitByChar(',', assumeNotNull(",
              s!.ch,
              '))[1]), 10)',
            ),
            VARCHAR,
            true,
          ),
      ],
      ['geohash(double, double): varchar', ([lat, lon]) => raw('geohashEncode(', lon!.ch, ', ', lat!.ch, ', 10)')],
      [
        'geohash(double, double, bigint): varchar',
        ([lat, lon, n]) => raw('geohashEncode(', lon!.ch, ', ', lat!.ch, ', toUInt8(', n!.ch, '))'),
      ],
    ],
    { languages: 'Q' },
  ),
  fn(
    TOPIC,
    'A point.',
    [['st_point(double, double): geometry', ([x, y]) => raw("concat('POINT (', toString(", x!.ch, "), ' ', toString(", y!.ch, "), ')')")]],
    { languages: 'Q' },
  ),
  fn(TOPIC, 'Well-known text as a geometry.', [['st_geometryfromtext(varchar): geometry', ([s]) => s!.ch]], { languages: 'Q' }),
  fn(TOPIC, 'A geometry as well-known text.', [['st_astext(geometry): varchar', ([g]) => g!.ch]], { languages: 'Q' }),
  fn(TOPIC, 'x of a point.', [['st_x(geometry): double', ([g]) => raw('readWKTPoint(assumeNotNull(', g!.ch, ')).1')]], { languages: 'Q' }),
  fn(TOPIC, 'y of a point.', [['st_y(geometry): double', ([g]) => raw('readWKTPoint(assumeNotNull(', g!.ch, ')).2')]], { languages: 'Q' }),
  fn(
    TOPIC,
    'Distance of two points.',
    [
      [
        'st_distance(geometry, geometry): double',
        ([a, b]) => raw('L2Distance(readWKTPoint(assumeNotNull(', a!.ch, ')), readWKTPoint(assumeNotNull(', b!.ch, ')))'),
      ],
    ],
    { languages: 'Q' },
  ),
  ...refused(
    TOPIC,
    [
      'st_contains',
      'st_intersects',
      'st_within',
      'st_area',
      'st_boundary',
      'st_buffer',
      'st_centroid',
      'st_envelope',
      'geohash_decode',
      'geo_ring',
      'st_polygon',
      'st_linefromtext',
    ],
    'geometry is limited to points',
  ),
];
