import type { CloudName } from '../api/rest/contract/base.ts';

/** Words of `cloud.provider` in an OCSF event, as standardization rules and vendors write it. */
const WORDS: readonly (readonly [RegExp, CloudName])[] = [
  [/alibaba|aliyun|阿里/u, 'alibaba'],
  [/tencent|qcloud|腾讯/u, 'tencent'],
  [/huawei|华为/u, 'huawei'],
  [/\baws\b|amazon/u, 'aws'],
  [/azure|microsoft|entra/u, 'azure'],
  [/google|\bgcp\b/u, 'google'],
];

/** The cloud an event's provider is; `other` for none and for what is none of them. */
export function cloudOf(provider: string): CloudName {
  const text = provider.toLowerCase();
  return WORDS.find(([word]) => word.test(text))?.[1] ?? 'other';
}
