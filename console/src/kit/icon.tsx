import type { CSSProperties } from 'react';

/** One set of 16 px line icons, so that weight and optical size agree everywhere. Paths are drawn for a 16 × 16 box. */
const PATHS = {
  overview: 'M2.2 11.5a6 6 0 1 1 11.6 0M8 10.2l2.6-3.4M2.2 11.5h11.6M4.3 8.4h.9M8 4.9v.9',
  search: 'M7 11.8a4.8 4.8 0 1 0 0-9.6 4.8 4.8 0 0 0 0 9.6ZM10.5 10.5 14 14',
  events:
    'M8 6.6a1.9 1.9 0 1 0 0-3.8 1.9 1.9 0 0 0 0 3.8ZM3.6 13.2a1.6 1.6 0 1 0 0-3.2 1.6 1.6 0 0 0 0 3.2ZM12.4 13.2a1.6 1.6 0 1 0 0-3.2 1.6 1.6 0 0 0 0 3.2ZM7.1 6.4 4.5 10.2M8.9 6.4l2.6 3.8M5.2 11.6h5.6',
  alerts: 'M4.2 11.5V8.2a3.8 3.8 0 0 1 7.6 0v3.3M2.6 11.5h10.8v2H2.6zM8 1.2v1.2M2.4 3.2l.9.9M13.6 3.2l-.9.9M7 8.2a1.2 1.2 0 0 1 1.2-1.2',
  rules: 'M8 13a5 5 0 1 0 0-10 5 5 0 0 0 0 10ZM8 9.6a1.6 1.6 0 1 0 0-3.2 1.6 1.6 0 0 0 0 3.2ZM8 1v3M8 12v3M1 8h3M12 8h3',
  entity: 'M8 8.2A3 3 0 1 0 8 2.2a3 3 0 0 0 0 6ZM2.6 14a5.4 5.4 0 0 1 10.8 0',
  integration: 'M4.5 11.5a3 3 0 0 1-.3-6 4 4 0 0 1 7.7.8 2.6 2.6 0 0 1-.3 5.2M8 7.5v6.2M5.8 11.6 8 13.8l2.2-2.2',
  stores: 'M3 2.3h10v11.4H3zM3 6.1h10M3 9.9h10M5 4.2h.01M5 8h.01M5 11.8h.01',
  pipeline:
    'M4.2 6a1.7 1.7 0 1 0 0-3.4 1.7 1.7 0 0 0 0 3.4ZM11.8 9.7a1.7 1.7 0 1 0 0-3.4 1.7 1.7 0 0 0 0 3.4ZM6.2 14a1.7 1.7 0 1 0 0-3.4 1.7 1.7 0 0 0 0 3.4ZM5.9 4.3h3.4a2.4 2.4 0 0 1 2.4 2M10.3 9.3 7.8 11.4',
  shipping: 'M14 2 2 6.8l4.6 2M14 2l-4 11-3.4-4.2M14 2 6.6 8.8M6.6 8.8v4.4l2-2.4',
  settings:
    'M8 10.2a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4ZM6.9 1.8h2.2l.4 1.7 1.2.7 1.7-.5 1.1 1.9-1.3 1.2v1.4l1.3 1.2-1.1 1.9-1.7-.5-1.2.7-.4 1.7H6.9l-.4-1.7-1.2-.7-1.7.5-1.1-1.9 1.3-1.2V7l-1.3-1.2 1.1-1.9 1.7.5 1.2-.7z',
  help: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM6.3 6.4a1.7 1.7 0 1 1 2.6 1.5c-.6.3-.9.7-.9 1.3M8 11.3h.01',
  jobs: 'M5.6 4h8M5.6 8h8M5.6 12h8M2.4 4h.6M2.4 8h.6M2.4 12h.6',
  bell: 'M4 11.4V7.2a4 4 0 0 1 8 0v4.2l1 1H3zM6.7 14.2h2.6M8 1.8v1.2',
  language:
    'M2 2.6h7.4v8.8H2zM9.4 5H14v8.4H7.4v-2M4 9.2l1.7-4 1.7 4M4.6 7.9h2.2M9.8 8h2.8M11.2 7v1c0 1.6-.8 2.8-1.8 3.4M10.2 9.2c.4 1 1.2 1.7 2.2 2.2',
  moon: 'M13.2 9.6A5.6 5.6 0 0 1 6.4 2.8 5.6 5.6 0 1 0 13.2 9.6Z',
  sun: 'M8 10.8a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6ZM8 1.6v1.4M8 13v1.4M1.6 8H3M13 8h1.4M3.5 3.5l1 1M11.5 11.5l1 1M12.5 3.5l-1 1M4.5 11.5l-1 1',
  down: 'M4 6.2 8 10l4-3.8',
  up: 'M4 9.8 8 6l4 3.8',
  right: 'M6.2 4 10 8l-3.8 4',
  left: 'M9.8 4 6 8l3.8 4',
  back: 'M13.5 8h-11M6.5 4l-4 4 4 4',
  forward: 'M2.5 8h11M9.5 4l4 4-4 4',
  close: 'M3.5 3.5l9 9M12.5 3.5l-9 9',
  plus: 'M8 3v10M3 8h10',
  minus: 'M3 8h10',
  plusCircle: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 5.2v5.6M5.2 8h5.6',
  minusCircle: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM5.2 8h5.6',
  check: 'M2.8 8.4 6.3 12 13.2 4.4',
  checkCircle: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM5.3 8.2l2 2 3.5-4',
  cross: 'M4 4l8 8M12 4l-8 8',
  crossCircle: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM5.8 5.8l4.4 4.4M10.2 5.8l-4.4 4.4',
  clock: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 4.6V8l2.3 1.6',
  warning: 'M8 2.2 14.2 13H1.8zM8 6.4v3M8 11.2h.01',
  info: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 7.4v3.6M8 5h.01',
  copy: 'M5.5 2.5H12.5V11.5H5.5zM10.5 11.5v2h-7v-9h2',
  eye: 'M1.5 8S4 3.6 8 3.6 14.5 8 14.5 8 12 12.4 8 12.4 1.5 8 1.5 8ZM8 9.8a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.6Z',
  columns: 'M2 3h12v10H2zM6 3v10M10 3v10',
  wrap: 'M2 4h12M2 12h4M2 8h9.5a2 2 0 0 1 0 4H9M10.5 10.3 8.7 12l1.8 1.7',
  fit: 'M2 3v10M14 3v10M4.5 8h7M6.3 6 4.5 8l1.8 2M9.7 6l1.8 2-1.8 2',
  play: 'M5 3.2v9.6L12.5 8z',
  pause: 'M5.5 3v10M10.5 3v10',
  stop: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM6.5 5.8v4.4M9.5 5.8v4.4',
  download: 'M8 2v8M4.8 7 8 10.2 11.2 7M2.5 11v2.5h11V11',
  star: 'M8 2l1.8 3.9 4.2.5-3.1 2.9.8 4.2L8 11.4l-3.7 2.1.8-4.2L2 6.4l4.2-.5z',
  history: 'M2.6 6A5.8 5.8 0 1 1 2.3 9M2.2 2.8V6h3.2M8 5v3.3l2.2 1.2',
  share:
    'M12 5.4a1.6 1.6 0 1 0 0-3.2 1.6 1.6 0 0 0 0 3.2ZM4 9.6a1.6 1.6 0 1 0 0-3.2 1.6 1.6 0 0 0 0 3.2ZM12 13.8a1.6 1.6 0 1 0 0-3.2 1.6 1.6 0 0 0 0 3.2ZM5.4 7.2l5.2-2.6M5.4 8.8l5.2 2.6',
  terminal: 'M2 3h12v10H2zM4.5 6l2 2-2 2M8.5 10h3',
  refresh: 'M13.5 8A5.5 5.5 0 1 1 11.7 4M13.5 2v3.2h-3.2',
  filter: 'M2 3h12L9.5 8.5V13l-3 1V8.5z',
  more: 'M3.5 8h.01M8 8h.01M12.5 8h.01',
  globe: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM2 8h12M8 2c-4 4-4 8 0 12M8 2c4 4 4 8 0 12M3 5h10M3 11h10',
  host: 'M2 3h12v8H2zM5.5 13.5h5M8 11v2.5',
  key: 'M10 9.5a3.8 3.8 0 1 0-3.6-2.6L1.8 11.5v2.7h2.7v-1.8h1.8v-1.8l1.2-1.2a3.8 3.8 0 0 0 2.5.1ZM10.8 5.2h.01',
  bucket: 'M3 2.3h10v11.4H3zM3 6.1h10M3 9.9h10M5 4.2h.01M5 8h.01M5 11.8h.01',
  file: 'M3.5 1.8h6l3 3v9.4h-9zM9.5 1.8v3h3M5.5 8h5M5.5 10.8h5',
  process: 'M2 3h12v10H2zM4.5 6l2 2-2 2M8.5 10h3',
  domain: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM2 8h12M8 2c-4 4-4 8 0 12M8 2c4 4 4 8 0 12',
  spy: 'M2 7.5h12M4.5 7.5 5.4 3h5.2l.9 4.5M5 13a1.9 1.9 0 1 0 0-3.8A1.9 1.9 0 0 0 5 13ZM11 13a1.9 1.9 0 1 0 0-3.8 1.9 1.9 0 0 0 0 3.8ZM6.9 10.7q1.1-.8 2.2 0',
  account: 'M8 8.2A3 3 0 1 0 8 2.2a3 3 0 0 0 0 6ZM2.6 14a5.4 5.4 0 0 1 10.8 0',
  expand: 'M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10',
  bolt: 'M9 1.5 3.5 9H7l-.8 5.5L12 7H8.3z',
  shield: 'M8 1.8 13 3.5v4.3c0 3-2 5.2-5 6.4-3-1.2-5-3.4-5-6.4V3.5zM5.8 8l1.6 1.6 2.9-3.2',
  chart: 'M2 2.5v11h12M5 11V8M8 11V4.5M11 11V6.5',
  table: 'M2 3h12v10H2zM2 6.3h12M2 9.6h12M6.5 6.3V13',
  trash: 'M2.5 4.2h11M6 4.2V2.5h4v1.7M4 4.2l.6 9.3h6.8l.6-9.3M6.8 7v3.8M9.2 7v3.8',
  edit: 'M2.5 13.5v-2.8l8-8 2.8 2.8-8 8zM8.8 4.4l2.8 2.8',
  logout: 'M9.5 2.5h-6v11h6M6.5 8h7.3M11.3 5.3 14 8l-2.7 2.7',
  lock: 'M3.5 7.2h9v6.5h-9zM5.4 7.2V5a2.6 2.6 0 0 1 5.2 0v2.2M8 9.8v1.4',
  users: 'M6 7.8a2.6 2.6 0 1 0 0-5.2 2.6 2.6 0 0 0 0 5.2ZM1.5 13.4a4.5 4.5 0 0 1 9 0M10.8 3a2.4 2.4 0 0 1 0 4.6M12 9.4a4.5 4.5 0 0 1 2.5 4',
  list: 'M2.5 4h11M2.5 8h11M2.5 12h11',
  link: 'M6.6 9.4a2.6 2.6 0 0 0 3.7 0l2.6-2.6a2.6 2.6 0 0 0-3.7-3.7l-.9.9M9.4 6.6a2.6 2.6 0 0 0-3.7 0L3.1 9.2a2.6 2.6 0 0 0 3.7 3.7l.9-.9',
  standard: 'M2 4h5M2 8h5M2 12h5M9.5 8H14M11.8 5.8 14 8l-2.2 2.2',
  audit: 'M3.5 1.8h9v12.4h-9zM5.8 5h4.4M5.8 8h4.4M5.8 11h2.6',
  merge: 'M2.5 3h4v4h-4zM9.5 3h4v4h-4zM6 11.2h4v2.6H6zM4.5 7v2h7V7M8 9v2.2',
} as const;

export type IconName = keyof typeof PATHS;

interface IconProps {
  readonly name: IconName;
  readonly size?: number;
  readonly className?: string;
  readonly style?: CSSProperties;
}

/** Decorative: the control around it carries the words. */
export function Icon({ name, size = 16, className, style }: IconProps) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth={name === 'more' ? 1.8 : 1.25}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
      className={className}
      style={{ flex: 'none', display: 'block', ...style }}
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
