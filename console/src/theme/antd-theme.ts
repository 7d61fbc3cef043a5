import { theme as antd, type ThemeConfig } from 'antd';
import { tokens, type ThemeName } from './tokens.ts';

export const SANS = 'Inter, "PingFang SC", "Microsoft YaHei", "Noto Sans SC", "Noto Sans CJK SC", sans-serif';
export const MONO = '"JetBrains Mono", "Noto Sans Mono CJK SC", ui-monospace, monospace';

/**
 * antd's theme with our exact colours. The algorithms rewrite seeds (dark turns #58C4DA into #4EAABC, light invents a grey
 * colorPrimaryBg), so the colours are pinned last, by an algorithm of our own.
 */
export function antdTheme(name: ThemeName, comfortable: boolean): ThemeConfig {
  const t = tokens[name];
  const pins = {
    colorPrimary: t.accent,
    colorInfo: t.accent,
    colorLink: t.accent,
    colorPrimaryHover: t.accentHover,
    colorLinkHover: t.accentHover,
    colorPrimaryActive: t.accentActive,
    colorLinkActive: t.accentActive,
    colorPrimaryBg: t.selected,
    colorPrimaryBgHover: t.selectedHover,
    colorPrimaryBorder: t.accentBorder,
    colorPrimaryText: t.accent,
    colorText: t.text,
    colorTextSecondary: t.text2,
    colorTextTertiary: t.text3,
    colorTextQuaternary: t.text3,
    colorBorder: t.border,
    colorBorderSecondary: t.borderInner,
    colorBgLayout: t.bg,
    colorBgContainer: t.surface,
    colorBgElevated: t.raised,
    colorError: t.error,
    colorErrorBg: t.errorBg,
    colorErrorText: t.error,
    colorErrorBorder: t.error,
    colorWarning: t.warn,
    colorWarningBg: t.warnBg,
    colorSuccess: t.ok,
    colorSuccessBg: t.okBg,
    motionDurationFast: '80ms',
    motionDurationMid: '120ms',
    motionDurationSlow: '160ms',
  };
  const base = name === 'dark' ? antd.darkAlgorithm : antd.defaultAlgorithm;
  return {
    algorithm: [base, (_seed, map) => ({ ...(map ?? base(_seed)), ...pins })],
    token: {
      fontFamily: SANS,
      fontFamilyCode: MONO,
      fontSize: comfortable ? 14 : 13,
      fontSizeSM: 12,
      fontSizeLG: 15,
      fontSizeHeading4: 16,
      lineHeight: 20 / 13,
      borderRadius: 5,
      borderRadiusSM: 4,
      borderRadiusLG: 6,
      borderRadiusXS: 3,
      controlHeight: 28,
      controlHeightSM: 24,
      controlHeightLG: 36,
      colorTextPlaceholder: t.text3,
      colorTextDescription: t.text3,
      ...(name === 'dark' ? { colorTextBase: t.text, colorBgBase: t.bg, colorTextLightSolid: t.onAccent } : {}),
    },
    components: {
      Layout: { headerHeight: 44, headerBg: t.surface, siderBg: t.sunken },
      Menu: { itemHeight: 34, itemSelectedBg: t.selected, itemSelectedColor: t.accent },
      Table: {
        headerBg: t.sunken,
        headerColor: t.text3,
        rowHoverBg: t.hover,
        rowSelectedBg: t.selected,
        cellPaddingBlockSM: 4,
        cellPaddingInlineSM: 8,
        cellFontSizeSM: 12.5,
      },
      Tabs: { horizontalItemPadding: '8px 12px', horizontalItemGutter: 0, itemSelectedColor: t.text },
      Segmented: { trackBg: t.bg, itemSelectedBg: t.surface },
      Button: { fontWeight: 500, contentFontSize: 12.5, defaultShadow: 'none', primaryShadow: 'none', dangerShadow: 'none' },
      Select: { optionHeight: 28 },
    },
  };
}
