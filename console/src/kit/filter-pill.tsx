import { Button, Checkbox, Popover } from 'antd';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Icon } from './icon.tsx';
import './filter-pill.css';

export interface PillOption {
  readonly value: string;
  readonly label: ReactNode;
  readonly text: string;
}

interface FilterPillProps {
  readonly name: string;
  readonly options: readonly PillOption[];
  readonly chosen: readonly string[];
  readonly any?: string;
  readonly single?: boolean;
  readonly onChange: (chosen: readonly string[]) => void;
}

/** `Severity Critical, High ⌄`: what is filtered is readable without opening it. */
export function FilterPill({ name, options, chosen, any, single = false, onChange }: FilterPillProps) {
  const { t } = useTranslation('common');
  const [open, setOpen] = useState(false);
  const words = options.filter((option) => chosen.includes(option.value)).map((option) => option.text);
  const toggle = (value: string) => {
    if (single) {
      onChange(chosen.includes(value) ? [] : [value]);
      setOpen(false);
      return;
    }
    onChange(chosen.includes(value) ? chosen.filter((item) => item !== value) : [...chosen, value]);
  };
  return (
    <Popover
      trigger="click"
      placement="bottomLeft"
      arrow={false}
      open={open}
      onOpenChange={setOpen}
      content={
        <div className="sl-pill-menu" role="group" aria-label={name}>
          {options.length === 0 && <span className="quiet">{t('nothingToChoose')}</span>}
          {options.map((option) => (
            <Checkbox key={option.value} checked={chosen.includes(option.value)} onChange={() => toggle(option.value)}>
              {option.label}
            </Checkbox>
          ))}
          {chosen.length > 0 && (
            <Button size="small" type="text" onClick={() => onChange([])}>
              {t('clear')}
            </Button>
          )}
        </div>
      }
    >
      <button type="button" className={chosen.length > 0 ? 'sl-pill sl-pill-on' : 'sl-pill'} aria-haspopup="true" aria-expanded={open}>
        <span className="sl-pill-name">{name}</span>
        <span className="sl-pill-value">{words.length > 0 ? words.join(t('listComma')) : (any ?? t('any'))}</span>
        <Icon name="down" size={12} />
      </button>
    </Popover>
  );
}
