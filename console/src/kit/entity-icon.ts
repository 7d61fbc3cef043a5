import type { IconName } from './icon.tsx';

const BY_KIND: Readonly<Record<string, IconName>> = {
  ip: 'globe',
  host: 'host',
  domain: 'domain',
  user: 'entity',
  account: 'entity',
  key: 'key',
  'access-key': 'key',
  bucket: 'bucket',
  resource: 'stores',
  file: 'file',
  process: 'process',
  url: 'link',
};

/** Icon of an entity's kind; the kind itself is written beside it. */
export function entityIcon(kind: string): IconName {
  return BY_KIND[kind.toLowerCase().replaceAll('_', '-')] ?? 'stores';
}
