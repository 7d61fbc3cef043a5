import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { en } from './en/messages.ts';
import { zh } from './zh/messages.ts';

export const i18n = i18next.createInstance();

void i18n.use(initReactI18next).init({
  lng: 'en',
  fallbackLng: 'en',
  resources: { en, zh },
  defaultNS: 'common',
  interpolation: { escapeValue: false },
  initAsync: false,
});

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'common';
    resources: typeof en;
  }
}
