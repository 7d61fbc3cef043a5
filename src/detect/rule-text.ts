import { parseSigma } from '../query/syntax/sigma/document.ts';
import type { SigmaDocument } from '../query/syntax/sigma/ast.ts';
import { invalid } from '../query/syntax/sigma/refuse.ts';
import { metaOf, type RuleMeta } from './rule-meta.ts';

/** A rule with the text it was read from. */
export interface DetectionRule {
  readonly document: SigmaDocument;
  readonly meta: RuleMeta;
  /** The YAML as it was written. */
  readonly text: string;
}

/** Ids stand in addresses and file names. */
const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/;

/** One rule per text: it has one id, one revision and one switch. @throws rule.invalid rule.refused */
export function readRuleText(text: string): DetectionRule {
  const documents = parseSigma(text);
  const document = documents[0] as SigmaDocument;
  if (documents.length > 1) throw invalid('', `expected one document, found ${documents.length}: make each a rule of its own`);
  const meta = metaOf(document);
  if (!ID.test(meta.id)) throw invalid('id', `expected letters, digits, dots, hyphens and underscores, found ${JSON.stringify(meta.id)}`);
  return { document, meta, text };
}
