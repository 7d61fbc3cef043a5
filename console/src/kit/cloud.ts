/** Clouds as the marks show them; anything unknown is generic. */
export const CLOUDS = ['ali', 'tx', 'hw', 'aws', 'az', 'gcp', 'gen'] as const;
export type Cloud = (typeof CLOUDS)[number];

export const CLOUD_CODE: Readonly<Record<Cloud, string>> = { ali: 'ALI', tx: 'TX', hw: 'HW', aws: 'AWS', az: 'AZ', gcp: 'GCP', gen: 'GEN' };

const WORDS: readonly (readonly [Cloud, readonly string[]])[] = [
  ['ali', ['ali', 'alibaba', 'aliyun']],
  ['tx', ['tx', 'tencent', 'qcloud']],
  ['hw', ['hw', 'huawei']],
  ['aws', ['aws', 'amazon']],
  ['az', ['az', 'azure', 'microsoft', 'entra']],
  ['gcp', ['gcp', 'google']],
];

/** `Alibaba Cloud`, `alibaba`, `ali-waf3` → `ali`. Only a whole leading word counts. */
export function asCloud(text: string): Cloud {
  const first =
    text
      .toLowerCase()
      .split(/[^a-z]+/u)
      .find((word) => word !== '') ?? '';
  return WORDS.find(([, words]) => words.includes(first))?.[0] ?? 'gen';
}

export function cloudColour(cloud: Cloud): string {
  return `var(--sl-${cloud})`;
}

/** Outline of a cloud's shape around (0, 0) with the given half size. */
export function cloudOutline(cloud: Cloud, half: number): string {
  const point = (angle: number, radius: number) =>
    `${(Math.cos((angle * Math.PI) / 180) * radius).toFixed(2)},${(Math.sin((angle * Math.PI) / 180) * radius).toFixed(2)}`;
  const polygon = (sides: number, start: number, radius: number) =>
    `M${Array.from({ length: sides }, (_, side) => point(start + (side * 360) / sides, radius)).join('L')}Z`;
  if (cloud === 'ali') return polygon(6, -90, half * 1.08);
  if (cloud === 'hw') return polygon(4, -90, half * 1.2);
  if (cloud === 'aws') return `M${-half * 0.92},${-half * 0.92}h${half * 1.84}v${half * 1.84}h${-half * 1.84}Z`;
  if (cloud === 'az') return polygon(5, -90, half * 1.1);
  if (cloud === 'gcp') return `M0,${-half * 1.08}L${half * 1.14},${half * 0.9}L${-half * 1.14},${half * 0.9}Z`;
  if (cloud === 'gen') return `M${-half * 1.1},${-half * 0.7}h${half * 2.2}v${half * 1.4}h${-half * 2.2}Z`;
  return `M${-half},0a${half},${half} 0 1 0 ${half * 2},0a${half},${half} 0 1 0 ${-half * 2},0Z`;
}
