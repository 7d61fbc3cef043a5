import { ALIASES, OTHER_VARIABLES, settingList, type Setting } from './setting-list.ts';

function defaultOf(setting: Setting): string {
  if (setting.defaultText !== '') return setting.defaultText;
  if (setting.byDefault === undefined) return '';
  return `\`${Array.isArray(setting.byDefault) ? setting.byDefault.join(',') : typeof setting.byDefault === 'string' ? setting.byDefault : JSON.stringify(setting.byDefault)}\``;
}

function valuesOf(setting: Setting): string {
  const kind = setting.type === 'list' ? 'list, with commas' : setting.type;
  const words = setting.words.length > 0 ? setting.words.map((word) => `\`${word}\``).join(' ') : kind;
  const bounds = [setting.minimum === null ? '' : `≥ ${setting.minimum}`, setting.maximum === null ? '' : `≤ ${setting.maximum}`];
  return [words, ...bounds, setting.unit].filter((part) => part !== '').join(', ');
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

/** docs/reference/settings.md. */
export function settingsPage(): string {
  const settings = settingList();
  const sections = [...new Set(settings.map((setting) => setting.path.slice(0, -1).join('.')))];
  const lines = [
    '# Settings',
    '',
    'Made by `npm run docs` from `src/config/settings.ts`. A setting comes from the file (`sluice.yaml` of the working folder, or the one `SLUICE_CONFIG` names),',
    'overridden by its variable. A value of the file may be `${env:NAME}` or `${file:/path}`, so that secrets need not stand in it. An unknown setting is an error.',
    '',
  ];
  for (const section of sections) {
    lines.push(
      `## ${section === '' ? 'General' : `\`${section}\``}`,
      '',
      '| setting | variable | values | default | |',
      '|---|---|---|---|---|',
    );
    for (const setting of settings.filter((s) => s.path.slice(0, -1).join('.') === section)) {
      const aliases = Object.entries(ALIASES).flatMap(([variable, name]) => (name === setting.name ? [`, \`${variable}\``] : []));
      lines.push(
        `| \`${setting.name}\` | \`${setting.variable}\`${aliases.join('')} | ${cell(valuesOf(setting))} | ${cell(defaultOf(setting))} | ${cell(setting.description)}${setting.secret ? ' Secret.' : ''} |`,
      );
    }
    lines.push('');
  }
  lines.push('## Other variables', '', '| variable | |', '|---|---|');
  for (const [variable, text] of Object.entries(OTHER_VARIABLES)) lines.push(`| \`${variable}\` | ${cell(text)} |`);
  return `${lines.join('\n')}\n`;
}

/** docs/reference/sluice.sample.yaml: every setting with its default, all commented out. */
export function sampleFile(): string {
  const lines = ['# Every setting of Sluice with its default. Copy what you change into sluice.yaml.'];
  let open: readonly string[] = [];
  for (const setting of settingList()) {
    const section = setting.path.slice(0, -1);
    for (let depth = 0; depth < section.length; depth++)
      if (section.slice(0, depth + 1).join('.') !== open.slice(0, depth + 1).join('.'))
        lines.push('', `#${'  '.repeat(depth)}${section[depth]}:`);
    open = section;
    const indent = '  '.repeat(section.length);
    const value = setting.byDefault === undefined || setting.defaultText !== '' ? '' : ` ${JSON.stringify(setting.byDefault)}`;
    const unit = setting.unit === '' ? '' : ` (${setting.unit})`;
    lines.push(`#${indent}# ${setting.description || setting.name}${unit}`, `#${indent}${setting.path.at(-1) ?? ''}:${value}`);
  }
  return `${lines.join('\n')}\n`;
}
