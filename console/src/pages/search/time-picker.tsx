import { Button, DatePicker, Input, Popover } from 'antd';
import dayjs, { type Dayjs } from 'dayjs';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { clockTime, dateTime, day } from '../../kit/format.ts';
import { Icon } from '../../kit/icon.tsx';
import { KeyCap } from '../../kit/key-cap.tsx';
import { usePreferences } from '../../theme/preferences.ts';
import { printRange, readRange, RELATIVE_RANGES, windowOf, type TimeRange } from './time-range.ts';
import './time-picker.css';

interface TimePickerProps {
  readonly range: TimeRange;
  /** The instants last run; shown below the words. */
  readonly window: { readonly fromMs: number; readonly toMs: number } | null;
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
  readonly onChange: (range: TimeRange) => void;
}

/** Words for a range: `Last 1 hour`, or its ends. */
export function useRangeText(): (range: TimeRange) => string {
  const { t } = useTranslation('search');
  const { zone } = usePreferences();
  return (range) => {
    if (range.kind === 'relative') {
      const text = printRange(range);
      const known = RELATIVE_RANGES.find((item) => item === text);
      return t('time.last', { span: known ? t(`spans.${known}`) : text });
    }
    const from = new Date(range.fromMs);
    const to = new Date(range.toMs);
    return day(from, zone) === day(to, zone)
      ? `${clockTime(from, zone)} – ${clockTime(to, zone)}`
      : `${dateTime(from, zone)} – ${dateTime(to, zone)}`;
  };
}

/** Right end of the query box: relative, typed or absolute time. */
export function TimePicker({ range, window, open, onOpenChange, onChange }: TimePickerProps) {
  const { t } = useTranslation('search');
  const { zone } = usePreferences();
  const [typed, setTyped] = useState('');
  const [wrong, setWrong] = useState(false);
  const text = useRangeText();
  const choose = (next: TimeRange) => {
    setTyped('');
    setWrong(false);
    onOpenChange(false);
    onChange(next);
  };
  const submit = () => {
    const next = readRange(typed, Date.now());
    if (next) choose(next);
    else setWrong(true);
  };
  const shift = (by: number) => {
    const { fromMs, toMs } = windowOf(range, Date.now());
    const step = (toMs - fromMs) * by;
    choose({ kind: 'absolute', fromMs: fromMs + step, toMs: toMs + step });
  };
  const sameDay = window && day(new Date(window.fromMs), zone) === day(new Date(window.toMs), zone);
  const ends =
    window &&
    (sameDay
      ? [clockTime(new Date(window.fromMs), zone), clockTime(new Date(window.toMs), zone)]
      : [dateTime(new Date(window.fromMs), zone).slice(5, 16), dateTime(new Date(window.toMs), zone).slice(5, 16)]);
  return (
    <Popover
      trigger="click"
      placement="bottomRight"
      arrow={false}
      open={open}
      onOpenChange={onOpenChange}
      destroyOnHidden
      content={
        <div className="sl-time">
          <Input
            autoFocus
            value={typed}
            status={wrong ? 'error' : ''}
            placeholder={t('time.typed')}
            aria-label={t('time.typed')}
            onChange={(event) => {
              setTyped(event.target.value);
              setWrong(false);
            }}
            onPressEnter={submit}
          />
          {wrong && (
            <div className="error" role="alert">
              {t('time.notUnderstood')}
            </div>
          )}
          <div className="sl-time-quick">
            {RELATIVE_RANGES.map((item) => {
              const option = readRange(item, 0);
              return (
                <Button
                  key={item}
                  size="small"
                  type={printRange(range) === item ? 'primary' : 'text'}
                  onClick={() => option && choose(option)}
                >
                  {t(`spans.${item}`)}
                </Button>
              );
            })}
          </div>
          <div className="meta">{t('time.absolute')}</div>
          <DatePicker.RangePicker
            showTime
            allowClear={false}
            style={{ width: '100%' }}
            {...(window ? { defaultValue: [dayjs(window.fromMs), dayjs(window.toMs)] as [Dayjs, Dayjs] } : {})}
            onChange={(value) => {
              const [from, to] = value ?? [];
              if (from && to) choose({ kind: 'absolute', fromMs: from.valueOf(), toMs: to.valueOf() });
            }}
          />
          <div className="row">
            <Button size="small" icon={<Icon name="left" size={12} />} onClick={() => shift(-1)}>
              {t('time.back')}
            </Button>
            <Button size="small" icon={<Icon name="right" size={12} />} iconPlacement="end" onClick={() => shift(1)}>
              {t('time.forward')}
            </Button>
          </div>
        </div>
      }
    >
      <button type="button" className="sl-time-button">
        <span className="row">
          <span className="grow ellipsis strong">{text(range)}</span>
          <KeyCap>T</KeyCap>
          <Icon name="down" size={13} />
        </span>
        <span className="mono meta ellipsis">{ends ? `${ends[0]} – ${ends[1]}` : ''}</span>
      </button>
    </Popover>
  );
}
