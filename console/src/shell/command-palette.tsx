import { useNavigate } from '@tanstack/react-router';
import { Modal } from 'antd';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { usePaletteItems, type PaletteItem } from './palette-items.ts';
import { Icon } from '../kit/icon.tsx';
import { KeyCap } from '../kit/key-cap.tsx';
import './command-palette.css';

/** Every word of the question must occur in the item; the earlier the first one, the better. */
export function rankItems(items: readonly PaletteItem[], question: string, limit: number): readonly PaletteItem[] {
  const words = question
    .toLowerCase()
    .split(/\s+/u)
    .filter((word) => word !== '');
  if (words.length === 0) return items.slice(0, limit);
  return items
    .map((item) => ({ item, at: words.map((word) => item.haystack.indexOf(word)) }))
    .filter(({ at }) => at.every((place) => place >= 0))
    .toSorted((a, b) => Math.min(...a.at) - Math.min(...b.at))
    .slice(0, limit)
    .map(({ item }) => item);
}

/** Ctrl K: pages, logstores, events, alerts, rules and commands by name; anything else becomes a log search. */
export function CommandPalette({ open, onClose }: { readonly open: boolean; readonly onClose: () => void }) {
  const { t } = useTranslation('shell');
  const navigate = useNavigate();
  const [question, setQuestion] = useState('');
  const [cursor, setCursor] = useState(0);
  const list = useRef<HTMLUListElement>(null);
  const known = usePaletteItems(open);
  const items = useMemo(() => {
    const found = rankItems(known, question, 40);
    const asked = question.trim();
    if (asked === '') return found;
    const search: PaletteItem = {
      key: 'search-logs',
      group: 'commands',
      icon: 'search',
      text: t('palette.searchLogs', { text: asked }),
      haystack: '',
      run: (go) => void go({ to: '/search', search: { q: asked } }),
    };
    return [...found, search];
  }, [known, question, t]);

  useEffect(() => setCursor(0), [question, open]);
  useEffect(() => {
    if (open) setQuestion('');
  }, [open]);
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
  }, [cursor]);

  const choose = (item: PaletteItem | undefined) => {
    if (!item) return;
    onClose();
    item.run(navigate);
  };

  return (
    <Modal
      open={open}
      onCancel={onClose}
      footer={null}
      closable={false}
      width={640}
      style={{ top: 88 }}
      styles={{ container: { padding: 0 } }}
      title={<span className="visually-hidden">{t('palette.title')}</span>}
      className="sl-palette"
      destroyOnHidden
    >
      <div className="sl-palette-field">
        <Icon name="search" />
        <input
          autoFocus
          value={question}
          placeholder={t('palette.placeholder')}
          aria-label={t('palette.title')}
          role="combobox"
          aria-expanded="true"
          aria-controls="sl-palette-list"
          aria-activedescendant={items[cursor] ? `sl-palette-${items[cursor].key}` : undefined}
          onChange={(event) => setQuestion(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
              event.preventDefault();
              setCursor((at) => (at + (event.key === 'ArrowDown' ? 1 : -1) + items.length) % Math.max(1, items.length));
            } else if (event.key === 'Enter') {
              event.preventDefault();
              choose(items[cursor]);
            }
          }}
        />
      </div>
      <ul id="sl-palette-list" ref={list} role="listbox" aria-label={t('palette.title')} className="sl-palette-list">
        {items.length === 0 && <li className="quiet sl-palette-none">{t('palette.nothing')}</li>}
        {items.map((item, index) => (
          <li
            key={item.key}
            id={`sl-palette-${item.key}`}
            role="option"
            aria-selected={index === cursor}
            className="sl-palette-item"
            onMouseMove={() => setCursor(index)}
            onClick={() => choose(item)}
          >
            <Icon name={item.icon} />
            <span className="grow ellipsis">{item.text}</span>
            {item.note !== undefined && <span className="meta mono">{item.note}</span>}
            <span className="meta">{t(`palette.${item.group}`)}</span>
          </li>
        ))}
      </ul>
      <div className="sl-palette-foot">
        <KeyCap>↑</KeyCap>
        <KeyCap>↓</KeyCap> {t('palette.move')} <KeyCap>Enter</KeyCap> {t('palette.open')} <KeyCap>Esc</KeyCap> {t('palette.close')}
      </div>
    </Modal>
  );
}
