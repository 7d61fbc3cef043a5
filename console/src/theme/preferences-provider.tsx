import { App as AntApp, ConfigProvider } from 'antd';
import enUS from 'antd/locale/en_US';
import zhCN from 'antd/locale/zh_CN';
import dayjs from 'dayjs';
import 'dayjs/locale/zh-cn';
import { useCallback, useLayoutEffect, useMemo, useState, type ReactNode } from 'react';
import { i18n } from '../i18n/i18n.ts';
import { Icon } from '../kit/icon.tsx';
import { antdTheme } from './antd-theme.ts';
import { PreferencesContext, readPreferences, writePreferences, type Preferences } from './preferences.ts';
import { cssVariables, tokens } from './tokens.ts';

/** Applies theme, language and density to the document and to antd, and lets everything below change them. */
export function PreferencesProvider({ children }: { readonly children: ReactNode }) {
  const [preferences, setPreferences] = useState<Preferences>(readPreferences);
  const { theme, language, density } = preferences;

  useLayoutEffect(() => {
    const root = document.documentElement;
    for (const [name, value] of Object.entries(cssVariables(theme))) root.style.setProperty(name, value);
    root.dataset['theme'] = theme;
    root.style.colorScheme = theme;
    root.dataset['density'] = density;
    root.lang = language === 'zh' ? 'zh-CN' : 'en';
    dayjs.locale(language === 'zh' ? 'zh-cn' : 'en');
    if (i18n.language !== language) void i18n.changeLanguage(language);
  }, [theme, language, density]);

  const set = useCallback((change: Partial<Preferences>) => {
    setPreferences((before) => {
      const after = { ...before, ...change };
      writePreferences(after);
      return after;
    });
  }, []);

  const store = useMemo(() => ({ ...preferences, colours: tokens[preferences.theme], set }), [preferences, set]);
  const config = useMemo(() => antdTheme(theme, density === 'comfortable'), [theme, density]);

  return (
    <PreferencesContext.Provider value={store}>
      <ConfigProvider
        theme={config}
        locale={language === 'zh' ? zhCN : enUS}
        button={{ autoInsertSpace: false }}
        wave={{ disabled: true }}
        select={{ suffixIcon: <Icon name="down" size={12} /> }}
        componentSize="middle"
      >
        <AntApp component={false} notification={{ placement: 'bottomLeft', duration: 8 }}>
          {children}
        </AntApp>
      </ConfigProvider>
    </PreferencesContext.Provider>
  );
}
