export const settings = {
  title: 'Settings',
  note: 'in force since the start; changed by the file or the environment',
  find: 'Find a setting',
  from: 'From',
  origins: { default: 'default', file: 'file', environment: 'environment', 'first start': 'first start' },
  columns: { name: 'Setting', value: 'Value', from: 'From', variable: 'Variable', what: 'What it is' },
  shown_one: '{{count}} setting',
  shown_other: '{{count}} settings',
  empty: 'No setting has these filters.',
  notSet: 'not set',
  hidden: 'hidden',
} as const;
