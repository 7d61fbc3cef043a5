import { z } from 'zod';
import type { SlsOperation } from '../../operation.ts';
import { bodyOf } from './body.ts';
import { objectOperations } from './object-operations.ts';

/** Per project (sls-api §5.5). */
const MAX = 100;
/** Longest query, characters: 64 KB is refused (sls-api §4.6). */
const MAX_QUERY = 65_535;

const text = z
  .string()
  .nullish()
  .transform((v) => v ?? '');

/** Exactly these five read back. */
const body = z.object({
  savedsearchName: z.string().regex(/^[\w.-]{2,128}$/, 'expected 2 to 128 of a-z A-Z 0-9 _ - .'),
  displayName: text,
  searchQuery: z.string().max(MAX_QUERY),
  logstore: z.string(),
  topic: text,
});

/** Saved searches (sls-api §4.6). */
export const savedSearchOperations: readonly SlsOperation[] = objectOperations({
  kind: 'saved_search',
  word: 'SavedSearch',
  path: 'savedsearches',
  nameKey: 'savedsearchName',
  ram: 'savedsearch',
  limit: MAX,
  parse: (request) => bodyOf(request, body),
  show: (object) => object.body,
  listed: (items) => ({
    savedsearchItems: items.map((one) => ({ savedsearchName: one.name, displayName: one.body['displayName'] ?? '' })),
  }),
});
