import { Segmented, Select } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { QueryAnswerBody } from '../../../../src/api/rest/contract/search.ts';
import { Chart } from '../../kit/chart.tsx';
import { StateCard } from '../../kit/state-card.tsx';
import { SANS } from '../../theme/antd-theme.ts';
import { usePreferences } from '../../theme/preferences.ts';
import { seriesColours } from '../../theme/tokens.ts';

const NUMERIC = new Set(['bigint', 'double']);
/** Bars and slices beyond this are unreadable; the table has them all. */
const MOST = 60;

/** A simple picture of an analysis: one column along, one to four columns of numbers. */
export function ResultChart({ answer }: { readonly answer: QueryAnswerBody }) {
  const { t } = useTranslation('search');
  const { colours, theme } = usePreferences();
  const numbers = answer.columns.flatMap((column, at) =>
    NUMERIC.has(column.type) || answer.rows.every((row) => row[at] === null || /^-?\d+(\.\d+)?$/u.test(row[at] ?? '')) ? [at] : [],
  );
  const firstWord = answer.columns.findIndex((_, at) => !numbers.includes(at));
  const along = firstWord >= 0 ? firstWord : 0;
  const looksLikeTime = /time|date|hour|minute|^t$/iu.test(answer.columns[along]?.name ?? '');
  const [kind, setKind] = useState<'bar' | 'line' | 'pie'>(looksLikeTime ? 'line' : 'bar');
  const [x, setX] = useState(along);
  const values = numbers.filter((at) => at !== x);
  const [chosen, setChosen] = useState<readonly number[]>(() => values.slice(0, 1));
  const shown = chosen.filter((at) => values.includes(at));

  const option = useMemo(() => {
    const rows = answer.rows.slice(0, MOST * (kind === 'line' ? 20 : 1));
    const palette = seriesColours[theme];
    const names = rows.map((row) => row[x] ?? 'null');
    const base = {
      color: palette.slice(0, 4),
      textStyle: { fontFamily: SANS },
      aria: { enabled: true },
      tooltip: {
        trigger: kind === 'pie' ? 'item' : 'axis',
        backgroundColor: colours.raised,
        borderColor: colours.border,
        textStyle: { color: colours.text, fontSize: 12 },
      },
      legend: { show: shown.length > 1 || kind === 'pie', bottom: 0, textStyle: { color: colours.text2 }, type: 'plain' },
    };
    if (kind === 'pie') {
      const at = shown[0] ?? 0;
      const top = rows.slice(0, 8).map((row, index) => ({
        name: names[index],
        value: Number(row[at] ?? 0),
        itemStyle: { color: palette[index % palette.length], borderColor: colours.surface, borderWidth: 1 },
      }));
      return {
        ...base,
        series: [{ type: 'pie', radius: ['42%', '72%'], center: ['50%', '45%'], data: top, label: { color: colours.text2 } }],
      };
    }
    return {
      ...base,
      grid: { left: 64, right: 24, top: 16, bottom: shown.length > 1 ? 56 : 36 },
      xAxis: {
        type: 'category',
        data: names,
        axisTick: { show: false },
        axisLine: { lineStyle: { color: colours.border } },
        axisLabel: { color: colours.text3, fontSize: 11, hideOverlap: true },
      },
      yAxis: { type: 'value', axisLabel: { color: colours.text3, fontSize: 11 }, splitLine: { lineStyle: { color: colours.borderInner } } },
      series: shown.map((at) => ({
        type: kind,
        name: answer.columns[at]?.name,
        data: rows.map((row) => (row[at] === null ? null : Number(row[at]))),
        barMaxWidth: 42,
        showSymbol: rows.length < 30,
      })),
    };
  }, [answer, kind, x, shown, colours, theme]);

  if (numbers.length === 0 || answer.rows.length === 0)
    return <StateCard tone="empty" label={t('tabs.chart')} title={t('charts.nothing')} />;
  const names = answer.columns.map((column, at) => ({ value: at, label: column.name }));
  return (
    <div className="sl-scroll">
      <div className="sl-chart-bar">
        <Segmented
          value={kind}
          onChange={setKind}
          options={[
            { value: 'bar', label: t('charts.bar') },
            { value: 'line', label: t('charts.line') },
            { value: 'pie', label: t('charts.pie') },
          ]}
        />
        <span className="quiet">{t('charts.x')}</span>
        <Select value={x} onChange={setX} options={names} style={{ minWidth: 140 }} aria-label={t('charts.x')} />
        <span className="quiet">{t('charts.y')}</span>
        <Select
          mode="multiple"
          maxCount={4}
          value={[...shown]}
          onChange={setChosen}
          options={names.filter((item) => values.includes(item.value))}
          style={{ minWidth: 200 }}
          aria-label={t('charts.y')}
        />
      </div>
      <Chart option={option} height={380} label={t('tabs.chart')} />
    </div>
  );
}
