/** What a column's values look like: decides how it is stored and which full-text index covers it (design D6). */
export interface ColumnNature {
  /** Values repeat: LowCardinality(String). */
  readonly lowCardinality: boolean;
  /** A: tokens repeat, for a `text` index. B: near-unique tokens, for a bloom filter. */
  readonly fullText: 'A' | 'B';
  /** Tokens of one log in this column, on average: sizes the bloom filter. 0: the key has not come yet. */
  readonly tokensPerLog: number;
}

/** Logs after which a nature counts as known: with fewer, values that will repeat still look unique. */
export const SETTLED_LOGS = 5000;

/** Different values and tokens remembered per key: some MB for a logstore of a hundred keys, while its nature is not settled. */
const MAX_DISTINCT = 4000;
/** Below this many tokens counting says nothing, and the form of the values decides. */
const ENOUGH_TOKENS = 300;
const ENOUGH_VALUES = 200;
/**
 * Share of tokens that were seen only once, which estimates how often the next one is new (Good–Turing): a column above it fills a text index's dictionary
 * (25–33 MB/s of ingest instead of 109), one below it makes a bloom filter slow for frequent terms (2,300 ms instead of 26 per 10 M logs).
 */
const UNIQUE_TOKENS = 0.25;
/** The same for whole values: beyond it LowCardinality is larger and slower than String. */
const UNIQUE_VALUES = 0.02;
/** Characters of a value that are looked at: a long message tells no more. */
const LOOK_AT = 2048;

interface Counted {
  values: number;
  tokens: number;
  readonly valueTimes: Map<string, number>;
  readonly tokenTimes: Map<string, number>;
  /** Values and tokens that found no place any more: counted as seen once. */
  valuesBeyond: number;
  tokensBeyond: number;
  /** Tokens that look like ids. */
  idLike: number;
}

const UNKNOWN: ColumnNature = { lowCardinality: false, fullText: 'A', tokensPerLog: 0 };

/** Counts values and tokens per key of the first logs of a logstore. */
export class TokenSample {
  readonly #keys = new Map<string, Counted>();
  #logs = 0;

  get logs(): number {
    return this.#logs;
  }

  get settled(): boolean {
    return this.#logs >= SETTLED_LOGS;
  }

  /** Counts a log; its contents follow with `add`. */
  log(): void {
    this.#logs++;
  }

  add(key: string, value: string): void {
    let counted = this.#keys.get(key);
    if (counted === undefined) {
      counted = { values: 0, tokens: 0, valueTimes: new Map(), tokenTimes: new Map(), valuesBeyond: 0, tokensBeyond: 0, idLike: 0 };
      this.#keys.set(key, counted);
    }
    counted.values++;
    const text = value.length > LOOK_AT ? value.slice(0, LOOK_AT) : value;
    if (!note(counted.valueTimes, text)) counted.valuesBeyond++;
    for (const token of text.toLowerCase().split(/[\0-\x2f\x3a-\x60\x7b-\x7f]+/)) {
      if (token === '') continue;
      counted.tokens++;
      if (looksLikeId(token)) counted.idLike++;
      if (!note(counted.tokenTimes, token)) counted.tokensBeyond++;
    }
  }

  nature(key: string): ColumnNature {
    const counted = this.#keys.get(key);
    return counted === undefined ? UNKNOWN : this.#judge(counted);
  }

  /** Of several keys together: those that have no column. */
  natureOf(keys: (key: string) => boolean): ColumnNature {
    let fullText: 'A' | 'B' = 'A';
    let tokensPerLog = 0;
    for (const [key, counted] of this.#keys) {
      if (!keys(key)) continue;
      const own = this.#judge(counted);
      if (own.fullText === 'B') fullText = 'B';
      tokensPerLog += own.tokensPerLog;
    }
    // Nothing known: what will stand in `rest` is mostly text of numbers and repeated keys.
    return { lowCardinality: false, fullText: tokensPerLog === 0 ? 'B' : fullText, tokensPerLog };
  }

  #judge(counted: Counted): ColumnNature {
    const once = singles(counted.tokenTimes) + counted.tokensBeyond;
    const unique = counted.tokens < ENOUGH_TOKENS ? counted.idLike * 4 > counted.tokens : once / counted.tokens > UNIQUE_TOKENS;
    return {
      lowCardinality: counted.values >= ENOUGH_VALUES && repeats(counted),
      fullText: unique ? 'B' : 'A',
      tokensPerLog: this.#logs === 0 ? 0 : counted.tokens / this.#logs,
    };
  }
}

/** Counts it; false: there is no place for another one. */
function note(times: Map<string, number>, text: string): boolean {
  const before = times.get(text);
  if (before === undefined && times.size >= MAX_DISTINCT) return false;
  times.set(text, (before ?? 0) + 1);
  return true;
}

function singles(times: ReadonlyMap<string, number>): number {
  let once = 0;
  for (const count of times.values()) if (count === 1) once++;
  return once;
}

function repeats(counted: Counted): boolean {
  // Of a small sample a few values are always alone.
  const allowed = UNIQUE_VALUES + 10 / counted.values;
  return (singles(counted.valueTimes) + counted.valuesBeyond) / counted.values <= allowed;
}

/** Long runs of digits or hex digits, or any long word with digits in it. */
function looksLikeId(token: string): boolean {
  return /^\d{5,}$/.test(token) || /^(?=.*\d)[0-9a-f]{8,}$/.test(token) || /^(?=.*\d)[0-9a-z]{12,}$/.test(token);
}
