import type { Completion, CompletionContext, CompletionResult, CompletionSource } from '@codemirror/autocomplete';
import { partAt } from './query-language.ts';
import { FUNCTIONS, SPL_COMMANDS, SQL_WORDS } from './vocabulary.ts';

export interface KnownField {
  readonly name: string;
  readonly type: string;
}

/** Fields the search would not understand without quotes. */
function written(field: string): string {
  return /^[\p{L}_][\p{L}\p{N}_.-]*$/u.test(field) ? field : `"${field.replaceAll('"', '\\"')}"`;
}

const FUNCTION_COMPLETIONS: readonly Completion[] = FUNCTIONS.map((name) => ({
  label: name,
  type: 'function',
  apply: `${name}(`,
  detail: 'function',
  boost: -10,
}));
const SQL_COMPLETIONS: readonly Completion[] = [...SQL_WORDS].map((label) => ({ label, type: 'keyword', boost: -20 }));
const SPL_COMPLETIONS: readonly Completion[] = SPL_COMMANDS.map((label) => ({ label, type: 'keyword', detail: 'command' }));

/** Completes fields of the logstore, their frequent values after `field:`, and the words of the language under the cursor. */
export function completeQuery(
  fields: readonly KnownField[],
  valuesOf: (field: string) => Promise<readonly { value: string; count: number }[]>,
): CompletionSource {
  return async (context: CompletionContext): Promise<CompletionResult | null> => {
    const before = context.state.sliceDoc(0, context.pos);
    const part = partAt(before);
    if (part === 'search') {
      const asked = /(?:^|[\s(])"?([\p{L}_][\p{L}\p{N}_.-]*)"?\s*:\s*([^\s"()|]*)$/u.exec(before);
      const field = asked && fields.find((known) => known.name === asked[1]);
      if (asked && field) {
        const values = await valuesOf(field.name);
        return {
          from: context.pos - (asked[2] ?? '').length,
          options: values.map(({ value, count }) => ({
            label: /^[\p{L}\p{N}_.*-]+$/u.test(value) ? value : `"${value.replaceAll('"', '\\"')}"`,
            detail: String(count),
          })),
        };
      }
    }
    const word = context.matchBefore(/[\p{L}_][\p{L}\p{N}_.-]*$/u);
    if (!word && !context.explicit) return null;
    const from = word?.from ?? context.pos;
    const fieldOptions: Completion[] = fields.map((field) => ({
      label: field.name,
      detail: field.type,
      apply: part === 'search' ? `${written(field.name)}: ` : written(field.name),
      boost: 10,
    }));
    if (part === 'search')
      return {
        from,
        options: [...fieldOptions, ...['and', 'or', 'not'].map((label) => ({ label, type: 'keyword' }))],
        validFor: /^[\p{L}\p{N}_.-]*$/u,
      };
    const words = part === 'sql' ? [...SQL_COMPLETIONS, ...FUNCTION_COMPLETIONS] : [...SPL_COMPLETIONS, ...FUNCTION_COMPLETIONS];
    return { from, options: [...fieldOptions, ...words], validFor: /^[\p{L}\p{N}_.-]*$/u };
  };
}
