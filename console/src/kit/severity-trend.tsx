import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { SeverityCounts } from '../../../src/api/rest/contract/base.ts';
import { SANS } from '../theme/antd-theme.ts';
import { usePreferences } from '../theme/preferences.ts';
import { Chart } from './chart.tsx';
import { clockMinute, day } from './format.ts';
import { SEVERITIES, severityToken } from './severity.ts';

interface SeverityTrendProps {
  /** Start of the first interval, ISO 8601. */
  readonly from: string;
  readonly intervalSec: number;
  readonly severities: readonly SeverityCounts[];
  readonly label: string;
  readonly height: number | string;
  /** With numbers on the left and lines at them; without, the bars alone over the time. */
  readonly scale?: boolean;
}

const TWO_DAYS_SEC = 172_800;
/** Part of the height below which a segment is too thin for a gap around it. */
const THIN_PART = 0.12;

/** Counts by severity over time as stacked bars, the worst on top. */
export function SeverityTrend({ from, intervalSec, severities, label, height, scale = false }: SeverityTrendProps) {
  const { t } = useTranslation('common');
  const { colours, zone } = usePreferences();
  const option = useMemo(() => {
    const at = (index: number) => new Date(Date.parse(from) + index * intervalSec * 1000);
    const highest = Math.max(1, ...severities.map((counts) => SEVERITIES.reduce((sum, severity) => sum + counts[severity], 0)));
    const days = intervalSec * severities.length > TWO_DAYS_SEC;
    const text = (index: number) => (days ? day(at(index), zone).slice(5) : clockMinute(at(index), zone));
    return {
      grid: { left: scale ? 34 : 0, right: 0, top: scale ? 8 : 2, bottom: 18 },
      textStyle: { fontFamily: SANS },
      aria: { enabled: true },
      tooltip: {
        trigger: 'axis',
        confine: true,
        axisPointer: { type: 'shadow', shadowStyle: { color: colours.text, opacity: 0.05 } },
        backgroundColor: colours.raised,
        borderColor: colours.border,
        textStyle: { color: colours.text, fontSize: 12 },
        formatter: (shown: readonly { dataIndex: number }[]) => {
          const index = shown[0]?.dataIndex ?? 0;
          const counts = severities[index];
          if (!counts) return '';
          const lines = SEVERITIES.filter((severity) => counts[severity] > 0).map(
            (severity) => `${t(`severity.${severity}`)} <b>${counts[severity]}</b>`,
          );
          return [`${text(index)} – ${text(index + 1)}`, ...(lines.length > 0 ? lines : ['0'])].join('<br/>');
        },
      },
      xAxis: {
        type: 'category',
        data: severities.map((_, index) => text(index)),
        axisTick: { show: false },
        axisLine: { lineStyle: { color: colours.border } },
        axisLabel: {
          color: colours.text3,
          fontSize: 10.5,
          margin: 6,
          interval: (index: number) => index % 6 === 0 || index === severities.length - 1,
          alignMinLabel: 'left',
          alignMaxLabel: 'right',
          hideOverlap: true,
        },
      },
      yAxis: {
        type: 'value',
        show: scale,
        minInterval: 1,
        splitNumber: 2,
        axisLabel: { color: colours.text3, fontSize: 10.5 },
        splitLine: { lineStyle: { color: colours.borderInner } },
      },
      // From the least to the worst, so that the worst lies on top.
      series: SEVERITIES.toReversed().map((severity) => ({
        type: 'bar',
        stack: 'severity',
        barCategoryGap: '16%',
        itemStyle: { color: colours[severityToken(severity)], borderColor: colours.surface },
        emphasis: { disabled: true },
        // A bar of nothing would still draw its border, and the border would cover a bar of a pixel or two.
        data: severities.map((counts) =>
          counts[severity] === 0
            ? null
            : { value: counts[severity], itemStyle: { borderWidth: counts[severity] / highest < THIN_PART ? 0 : 0.5 } },
        ),
      })),
    };
  }, [from, intervalSec, severities, scale, colours, zone, t]);
  return <Chart option={option} height={height} label={label} />;
}
