import { call, cond, fresh, raw, type Ch } from '../clickhouse/ch.ts';
import { isComplex, isInteger, typeName, type SqlType } from '../types/sql-type.ts';
import { castTo, type CastContext } from './cast.ts';
import { fail, guard } from './env.ts';
import { asElement, asNullable, bound, element, lift, nullOf, strict, val, type Val } from './val.ts';

/** `cast(json as T)`: JSON null is NULL, a value of the wrong kind fails. */
export function castFromJson(v: Val, to: SqlType, cx: CastContext): Val {
  if (to.k === 'json') return v;
  return bound(v, (one) => fromJson(one, to, cx), 4);
}

function fromJson(v: Val, to: SqlType, cx: CastContext): Val {
  const kind = call('JSONType', v.ch);
  const wrong = `cannot cast JSON to ${typeName(to)}`;
  if (!isComplex(to)) {
    const scalar = val(
      raw('multiIf(', kind, " = 'Null', NULL, ", kind, " = 'String', JSONExtractString(", v.ch, '), ', v.ch, ')'),
      { k: 'varchar' },
      true,
    );
    const checked = guard(cx.failing, raw(kind, " IN ('Array', 'Object')"), wrong, scalar);
    if (to.k === 'varchar') return checked;
    if (isInteger(to))
      return bound(checked, (text) => {
        // '2.5' inside JSON is a number: it rounds as a double does.
        const number = castTo(val(raw('if(', kind, " = 'Double', toFloat64OrNull(", text.ch, '), NULL)'), { k: 'double' }, true), to, cx);
        const other = raw('if(', kind, " = 'Double', NULL, if(", kind, " = 'Bool', if(", text.ch, " = 'true', '1', '0'), ", text.ch, '))');
        const whole = castTo(val(other, { k: 'varchar' }, true), to, cx);
        return val(call('ifNull', number.ch, whole.ch), to, true);
      });
    if (to.k === 'double' || to.k === 'real') {
      const text = val(raw('if(', kind, " = 'Bool', if(", checked.ch, " = 'true', '1', '0'), ", checked.ch, ')'), { k: 'varchar' }, true);
      return castTo(text, to, cx);
    }
    return castTo(checked, to, cx);
  }
  if (to.k === 'array') return whenKind(v, kind, "'Array'", to, wrong, cx, (j) => listOf(j, to, cx));
  if (to.k === 'map') {
    return whenKind(v, kind, "'Object'", to, wrong, cx, (j) => {
      const pairs = call('JSONExtractKeysAndValuesRaw', j);
      const keys = call(
        'arrayMap',
        fresh((p) => castTo(val(raw(p, '.1'), { k: 'varchar' }, false), to.key, cx).ch),
        pairs,
      );
      const values = call(
        'arrayMap',
        fresh((p) => asElement(castFromJson(val(raw(p, '.2'), { k: 'json' }, false), to.value, cx))),
        pairs,
      );
      return call('mapFromArrays', keys, values);
    });
  }
  if (to.k === 'row') {
    return whenKind(v, kind, "'Array', 'Object'", to, wrong, cx, (j) => {
      const items = to.fields.map((field, i) => {
        const byPlace = call('JSONExtractRaw', j, raw(String(i + 1)));
        const name = (field.name ?? '').toLowerCase();
        const byName = raw(
          'arrayFirst(',
          fresh((p) => raw('lower(', p, '.1) = ', { t: 'param', type: 'String', value: name })),
          ', JSONExtractKeysAndValuesRaw(',
          j,
          ')).2',
        );
        const text = raw('if(JSONType(', j, ") = 'Array', ", byPlace, ', ', byName, ')');
        return asElement(castFromJson(val(call('nullIf', text, raw("''")), { k: 'json' }, true), field.type, cx));
      });
      return call('tuple', ...items);
    });
  }
  throw fail(cx.env, 'query.type', cx.span, wrong, { to: typeName(to) });
}

function listOf(j: Ch, to: Extract<SqlType, { k: 'array' }>, cx: CastContext): Ch {
  if (to.of.k === 'json')
    return call(
      'arrayMap',
      fresh((e) => call('toNullable', e)),
      call('JSONExtractArrayRaw', j),
    );
  return call(
    'arrayMap',
    fresh((e) => asElement(castFromJson(val(e, { k: 'json' }, false), to.of, cx))),
    call('JSONExtractArrayRaw', j),
  );
}

/** A boxed complex value: empty for JSON null, failing for another kind. */
function whenKind(v: Val, kind: Ch, kinds: string, to: SqlType, wrong: string, cx: CastContext, body: (j: Ch) => Ch): Val {
  const j = v.nullable ? call('assumeNotNull', v.ch) : v.ch;
  const safe = raw('if(', kind, ` IN (${kinds}), `, j, ", '')");
  const made = val(cond(raw(kind, ` IN (${kinds})`), call('array', body(safe)), nullOf(to)), to, true);
  const bad = raw(kind, ` NOT IN (${kinds}, 'Null')`);
  const checked = guard(cx.failing, bad, wrong, made);
  return v.nullable ? val(cond(call('isNull', v.ch), nullOf(to), asNullable(checked)), to, true) : checked;
}

/** `cast(x as json)`: the JSON text of a value. */
export function castToJson(v: Val, cx: CastContext): Val {
  const to: SqlType = { k: 'json' };
  if (v.nullable && isComplex(v.type)) return lift(v.ch, (inner) => castToJson({ ...v, ch: inner, nullable: false }, cx));
  return strict([v], to, ([x]) => val(jsonText(x!, cx), to, x!.nullable));
}

function jsonText(v: Val, cx: CastContext): Ch {
  const { type } = v;
  const item = (e: Ch, of: SqlType): Ch => call('ifNull', castToJson(element(e, of), cx).ch, raw("'null'"));
  switch (type.k) {
    case 'varchar': {
      const text = raw('replaceAll(toJSONString(', v.nullable ? call('assumeNotNull', v.ch) : v.ch, "), '\\\\/', '/')");
      return v.nullable ? cond(call('isNull', v.ch), raw('NULL'), text) : text;
    }
    case 'boolean':
    case 'tinyint':
    case 'smallint':
    case 'integer':
    case 'bigint':
    case 'double':
    case 'real':
    case 'decimal':
      return castTo(v, { k: 'varchar' }, cx).ch;
    case 'date':
    case 'timestamp':
    case 'timestamptz':
      return raw("concat('\"', ", castTo(v, { k: 'varchar' }, cx).ch, ", '\"')");
    case 'array':
      return raw(
        "concat('[', arrayStringConcat(arrayMap(",
        fresh((e) => item(e, type.of)),
        ', ',
        v.ch,
        "), ','), ']')",
      );
    case 'map': {
      const pair = fresh((p) =>
        raw(
          'concat(toJSONString(',
          castTo(val(raw(p, '.1'), type.key, false), { k: 'varchar' }, cx).ch,
          "), ':', ",
          item(raw(p, '.2'), type.value),
          ')',
        ),
      );
      return raw(
        "concat('{', arrayStringConcat(arrayMap(",
        pair,
        ', arraySort(arrayZip(mapKeys(',
        v.ch,
        '), mapValues(',
        v.ch,
        ")))), ','), '}')",
      );
    }
    case 'row':
      return raw(
        "concat('[', ",
        ...type.fields.flatMap((field, i): (string | Ch)[] => [
          i === 0 ? '' : ", ',', ",
          item(call('tupleElement', v.ch, raw(String(i + 1))), field.type),
        ]),
        ", ']')",
      );
    default:
      throw fail(cx.env, 'query.type', cx.span, `cannot cast ${typeName(type)} to json`, { from: typeName(type), to: 'json' });
  }
}
