/** Every colour of the console, by theme. CSS variables, antd, ECharts and CodeMirror all read from here, so one switch changes all. */
export type ThemeName = 'light' | 'dark';

export interface Tokens {
  readonly bg: string;
  readonly surface: string;
  readonly sunken: string;
  readonly raised: string;
  readonly border: string;
  readonly borderInner: string;
  readonly borderStrong: string;
  readonly hover: string;
  readonly selected: string;
  readonly text: string;
  readonly text2: string;
  readonly text3: string;
  readonly accent: string;
  readonly accentHover: string;
  readonly accentActive: string;
  readonly onAccent: string;
  readonly accentBorder: string;
  readonly selectedHover: string;
  readonly ok: string;
  readonly okBg: string;
  readonly warn: string;
  readonly warnBg: string;
  readonly error: string;
  readonly errorBg: string;
  readonly late: string;
  readonly matchBg: string;
  readonly matchText: string;
  readonly danger: string;
  readonly onDanger: string;
  readonly critText: string;
  readonly critBg: string;
  readonly critFill: string;
  readonly highText: string;
  readonly highBg: string;
  readonly highFill: string;
  readonly mediumText: string;
  readonly mediumBg: string;
  readonly mediumFill: string;
  readonly lowText: string;
  readonly lowBg: string;
  readonly lowFill: string;
  readonly infoText: string;
  readonly infoBg: string;
  readonly infoFill: string;
  readonly ali: string;
  readonly aliCode: string;
  readonly tx: string;
  readonly txCode: string;
  readonly hw: string;
  readonly hwCode: string;
  readonly aws: string;
  readonly awsCode: string;
  readonly az: string;
  readonly azCode: string;
  readonly gcp: string;
  readonly gcpCode: string;
  readonly gen: string;
  readonly genCode: string;
  readonly synField: string;
  readonly synString: string;
  readonly synNumber: string;
  readonly synKeyword: string;
  readonly synPipe: string;
  readonly shadow: string;
  /** Bars that count things without a meaning of their own (top values, storage). */
  readonly bar: string;
  readonly track: string;
}

const light: Tokens = {
  bg: '#F3F5F7',
  surface: '#FFFFFF',
  sunken: '#F8FAFB',
  raised: '#FFFFFF',
  border: '#D9E0E6',
  borderInner: '#E8ECF0',
  borderStrong: '#B4BFCA',
  hover: '#F1F5F7',
  selected: '#E4F2F5',
  text: '#17212B',
  text2: '#465362',
  text3: '#5F6C7A',
  accent: '#0B6B83',
  accentHover: '#0A5A6E',
  accentActive: '#084B5C',
  onAccent: '#FFFFFF',
  accentBorder: '#9CCAD5',
  selectedHover: '#D6EAEF',
  ok: '#1A6B45',
  okBg: '#E5F3EC',
  warn: '#7D5200',
  warnBg: '#FDF3D6',
  error: '#A30F2D',
  errorBg: '#FBE7EA',
  late: '#B43C06',
  matchBg: '#FFE58A',
  matchText: '#3A2A00',
  danger: '#A30F2D',
  onDanger: '#FFFFFF',
  critText: '#A30F2D',
  critBg: '#FBE7EA',
  critFill: '#A30F2D',
  highText: '#B43C06',
  highBg: '#FDEBE0',
  highFill: '#DD4F0B',
  mediumText: '#7D5200',
  mediumBg: '#FDF3D6',
  mediumFill: '#E3A008',
  lowText: '#3F6079',
  lowBg: '#E6EEF4',
  lowFill: '#6E8DA6',
  infoText: '#5B6774',
  infoBg: '#EDF0F3',
  infoFill: '#B3BFCA',
  ali: '#5B3FC4',
  aliCode: '#FFFFFF',
  tx: '#86B8FF',
  txCode: '#0A2240',
  hw: '#13794A',
  hwCode: '#FFFFFF',
  aws: '#2A3542',
  awsCode: '#FFFFFF',
  az: '#2FA4BF',
  azCode: '#04222A',
  gcp: '#B4BF3A',
  gcpCode: '#262B05',
  gen: '#8A95A1',
  genCode: '#10161C',
  synField: '#7A2E8E',
  synString: '#0F6B3C',
  synNumber: '#A34405',
  synKeyword: '#0B55A8',
  synPipe: '#A30F2D',
  shadow: '0 6px 20px rgba(15, 30, 45, 0.14), 0 1px 3px rgba(15, 30, 45, 0.10)',
  bar: '#3F8DA1',
  track: '#E6EAEE',
};

const dark: Tokens = {
  bg: '#0D1217',
  surface: '#141B22',
  sunken: '#10161C',
  raised: '#1A232B',
  border: '#2A3540',
  borderInner: '#202A33',
  borderStrong: '#465463',
  hover: '#1A232B',
  selected: '#12303A',
  text: '#E6ECF2',
  text2: '#AAB6C2',
  text3: '#8895A3',
  accent: '#58C4DA',
  accentHover: '#7BD3E5',
  accentActive: '#3FA9C0',
  onAccent: '#06222A',
  accentBorder: '#23576A',
  selectedHover: '#183C48',
  ok: '#6CCB9A',
  okBg: '#12291F',
  warn: '#F2C94C',
  warnBg: '#352C12',
  error: '#FF8A96',
  errorBg: '#3D1820',
  late: '#FF9D66',
  matchBg: '#5A4708',
  matchText: '#FFE9A8',
  danger: '#F23D57',
  onDanger: '#1B0509',
  critText: '#FF8A96',
  critBg: '#3D1820',
  critFill: '#F23D57',
  highText: '#FF9D66',
  highBg: '#3A2115',
  highFill: '#F28A3C',
  mediumText: '#F2C94C',
  mediumBg: '#352C12',
  mediumFill: '#F7DA74',
  lowText: '#93B4CE',
  lowBg: '#1B2A36',
  lowFill: '#6E92AF',
  infoText: '#9FACB9',
  infoBg: '#222B34',
  infoFill: '#5E6E7D',
  ali: '#8F78F0',
  aliCode: '#0E0A24',
  tx: '#7FB2FF',
  txCode: '#0A2240',
  hw: '#3CB37C',
  hwCode: '#04150D',
  aws: '#DCE4EC',
  awsCode: '#17212B',
  az: '#3DB3CE',
  azCode: '#04222A',
  gcp: '#C3CE4A',
  gcpCode: '#262B05',
  gen: '#8A95A1',
  genCode: '#10161C',
  synField: '#D6A3E6',
  synString: '#7FD6A4',
  synNumber: '#F2A66B',
  synKeyword: '#84B9FF',
  synPipe: '#FF8A96',
  shadow: '0 8px 24px rgba(0, 0, 0, 0.5), 0 1px 3px rgba(0, 0, 0, 0.4)',
  bar: '#3E93A6',
  track: '#27313B',
};

export const tokens: Readonly<Record<ThemeName, Tokens>> = { light, dark };

/** Series that are neither a severity nor a cloud; at most four, then "Other"; the rest is reserve. */
export const seriesColours: Readonly<Record<ThemeName, readonly string[]>> = {
  light: ['#0B6B83', '#B86E00', '#6A4FB3', '#86713D', '#3B8556', '#B04A78', '#4F78B5', '#6F7C89'],
  dark: ['#58C4DA', '#F0B45B', '#A995EA', '#C4B07A', '#74C493', '#E58FB4', '#8FB4EA', '#9AA7B4'],
};

/** `critText` → `--sl-crit-text`. */
export function variableName(token: string): string {
  return `--sl-${token.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`).replaceAll(/([a-z])(\d)/g, '$1$2')}`;
}

/** The tokens of a theme as CSS custom properties. */
export function cssVariables(theme: ThemeName): Record<string, string> {
  return Object.fromEntries(Object.entries(tokens[theme]).map(([name, value]) => [variableName(name), value as string]));
}
