import { useCallback, useMemo, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { EChartsType } from 'echarts/core';
import type { Answer } from '../../api/client.ts';
import { Chart } from '../../kit/chart.tsx';
import { clockMinute, clockTime, count, day } from '../../kit/format.ts';
import { usePreferences } from '../../theme/preferences.ts';
import { SANS } from '../../theme/antd-theme.ts';

interface HistogramProps {
  readonly answer: Answer<'histogram'> | undefined;
  readonly onZoom: (fromMs: number, toMs: number) => void;
  readonly onUndo: () => void;
}

/** Bars of matches; what was not read completely is hatched. Drag zooms in, double click goes back. */
export function Histogram({ answer, onZoom, onUndo }: HistogramProps) {
  const { t } = useTranslation('search');
  const { colours, zone } = usePreferences();
  const buckets = useMemo(() => answer?.buckets ?? [], [answer]);
  const latest = useRef({ buckets, onZoom, onUndo });
  latest.current = { buckets, onZoom, onUndo };

  const option = useMemo(() => {
    const first = buckets[0];
    const last = buckets.at(-1);
    const span = first && last ? Date.parse(last.to) - Date.parse(first.from) : 0;
    const label = (iso: string) =>
      span > 2 * 86_400_000
        ? day(new Date(iso), zone).slice(5)
        : span < 300_000
          ? clockTime(new Date(iso), zone)
          : clockMinute(new Date(iso), zone);
    return {
      grid: { left: 40, right: 4, top: 8, bottom: 20 },
      textStyle: { fontFamily: SANS },
      aria: { enabled: true },
      tooltip: {
        trigger: 'axis',
        axisPointer: { type: 'shadow', shadowStyle: { color: colours.text, opacity: 0.05 } },
        backgroundColor: colours.raised,
        borderColor: colours.border,
        textStyle: { color: colours.text, fontSize: 12 },
        formatter: (shown: readonly { dataIndex: number }[]) => {
          const bucket = buckets[shown[0]?.dataIndex ?? -1];
          if (!bucket) return '';
          const times = `${clockTime(new Date(bucket.from), zone)} – ${clockTime(new Date(bucket.to), zone)}`;
          return `${times}<br/><b>${count(bucket.count)}</b>${bucket.complete ? '' : ` · ${t('histogram.partial')}`}`;
        },
      },
      brush: {
        xAxisIndex: 0,
        brushStyle: { color: `${colours.accent}22`, borderColor: colours.accent, borderWidth: 1 },
        throttleType: 'debounce',
        throttleDelay: 0,
      },
      toolbox: { show: false },
      xAxis: {
        type: 'category',
        data: buckets.map((bucket) => label(bucket.from)),
        axisTick: { show: false },
        axisLine: { lineStyle: { color: colours.border } },
        axisLabel: {
          color: colours.text3,
          fontSize: 10.5,
          interval: Math.max(0, Math.ceil(buckets.length / 12) - 1),
          alignMinLabel: 'left',
          showMinLabel: true,
        },
      },
      yAxis: {
        type: 'value',
        minInterval: 1,
        splitNumber: 2,
        axisLabel: { color: colours.text3, fontSize: 10.5 },
        splitLine: { lineStyle: { color: colours.borderInner } },
      },
      series: [
        {
          type: 'bar',
          barCategoryGap: 1.5,
          itemStyle: { color: colours.bar },
          emphasis: { disabled: true },
          data: buckets.map((bucket) =>
            bucket.complete
              ? bucket.count
              : {
                  value: bucket.count,
                  itemStyle: {
                    color: colours.track,
                    decal: { symbol: 'rect', dashArrayX: [1, 0], dashArrayY: [2, 4], rotation: -Math.PI / 4, color: colours.borderStrong },
                  },
                },
          ),
        },
      ],
    };
  }, [buckets, colours, zone, t]);

  const ready = useCallback((chart: EChartsType) => {
    const arm = () =>
      chart.dispatchAction({ type: 'takeGlobalCursor', key: 'brush', brushOption: { brushType: 'lineX', brushMode: 'single' } });
    chart.on('finished', arm);
    chart.on('brushEnd', (event) => {
      const area = (event as { areas?: readonly { coordRange?: readonly [number, number] }[] }).areas?.[0]?.coordRange;
      chart.dispatchAction({ type: 'brush', areas: [] });
      const from = area && latest.current.buckets[Math.max(0, Math.min(...area))];
      const to = area && latest.current.buckets[Math.min(latest.current.buckets.length - 1, Math.max(...area))];
      if (from && to) latest.current.onZoom(Date.parse(from.from), Date.parse(to.to));
    });
    chart.getZr().on('dblclick', () => latest.current.onUndo());
  }, []);

  return (
    <Chart
      option={option}
      height={84}
      label={t('histogram.label', { total: count(answer?.total ?? 0), buckets: buckets.length })}
      onReady={ready}
    />
  );
}
