import { SANS } from '../../../theme/antd-theme.ts';

let context: CanvasRenderingContext2D | null = null;
const known = new Map<string, number>();

/** Width in px of a chain label (12 px, weight 500). */
export function measureLabel(text: string): number {
  const before = known.get(text);
  if (before !== undefined) return before;
  context ??= document.createElement('canvas').getContext('2d');
  if (!context) return text.length * 7;
  context.font = `500 12px ${SANS}`;
  const wide = context.measureText(text).width + 2;
  known.set(text, wide);
  return wide;
}
