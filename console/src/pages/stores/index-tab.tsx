import { App, Button, Checkbox, Input, InputNumber, Popconfirm, Select, Switch } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { IndexConfigAnswer, Logstore } from '../../../../src/api/rest/contract/logstores.ts';
import { isApiError } from '../../api/problem.ts';
import { useCall, useChange } from '../../api/use-call.ts';
import { Card } from '../../kit/card.tsx';
import { DataTable, type Column } from '../../kit/data-table.tsx';
import { Icon } from '../../kit/icon.tsx';
import { Problem } from '../../kit/problem.tsx';
import { SkeletonRows } from '../../kit/skeleton-rows.tsx';
import { StateCard } from '../../kit/state-card.tsx';
import {
  DEFAULT_TOKENS,
  freshId,
  keysOf,
  newKey,
  rowOf,
  rowsProblem,
  textToTokens,
  tokensToText,
  type KeyConfig,
  type KeyRow,
} from './index-draft.ts';
import { LeafEditor } from './leaf-editor.tsx';

const TYPES = ['text', 'long', 'double', 'json'] as const;
const MAX_TEXT_LEN = 2048;
const EMPTY: IndexConfigAnswer = {
  line: { token: [...DEFAULT_TOKENS], caseSensitive: false, chn: false, includeKeys: [], excludeKeys: [] },
  keys: {},
  maxTextLen: MAX_TEXT_LEN,
};

/** The index of a logstore: full text, and a column of search and SQL for each key. */
export function IndexTab({ store, mayChange }: { readonly store: Logstore; readonly mayChange: boolean }) {
  const { t } = useTranslation('stores');
  const [making, setMaking] = useState(false);
  const params = { project: store.project, logstore: store.name };
  const asked = useCall('getIndex', { params }, { enabled: store.hasIndex });
  const none = !store.hasIndex || (isApiError(asked.error) && asked.error.status === 404);
  if (none && !making)
    return (
      <StateCard
        tone="empty"
        label={t('noIndex')}
        title={t('noIndexTitle')}
        actions={
          mayChange && (
            <Button type="primary" onClick={() => setMaking(true)}>
              {t('makeIndex')}
            </Button>
          )
        }
      >
        {t('noIndexBody')}
      </StateCard>
    );
  if (none) return <IndexEditor store={store} index={EMPTY} etag={null} mayChange={mayChange} />;
  if (asked.error && !asked.data) return <Problem error={asked.error} />;
  if (!asked.data) return <SkeletonRows rows={10} height={30} />;
  return <IndexEditor key={asked.data.etag} store={store} index={asked.data.index} etag={asked.data.etag} mayChange={mayChange} />;
}

interface IndexEditorProps {
  readonly store: Logstore;
  readonly index: IndexConfigAnswer;
  /** Null: there is none yet. */
  readonly etag: string | null;
  readonly mayChange: boolean;
}

function IndexEditor({ store, index, etag, mayChange }: IndexEditorProps) {
  const { t } = useTranslation('stores');
  const { message } = App.useApp();
  const [line, setLine] = useState(index.line);
  const [lineTokens, setLineTokens] = useState(tokensToText(index.line?.token ?? DEFAULT_TOKENS));
  const [maxTextLen, setMaxTextLen] = useState(index.maxTextLen);
  const [rows, setRows] = useState<readonly KeyRow[]>(() =>
    Object.entries(index.keys).map(([name, config], id) => rowOf(id, name, config)),
  );
  const [wanted, setWanted] = useState('');
  /** Row whose inner keys are shown. */
  const [opened, setOpened] = useState<number | null>(null);
  const [dirty, setDirty] = useState(etag === null);
  const refresh = ['getIndex', 'getLogstore', 'listAllLogstores'] as const;
  const put = useChange('putIndex', refresh);
  const remove = useChange('deleteIndex', refresh);
  const params = { project: store.project, logstore: store.name };
  const wrong = rowsProblem(rows);

  const touch = <T,>(set: (value: T) => void) => {
    return (value: T) => {
      setDirty(true);
      set(value);
    };
  };
  const change = (id: number, next: Partial<KeyConfig>) =>
    touch(setRows)(rows.map((row) => (row.id === id ? { ...row, config: { ...row.config, ...next } } : row)));
  const setLeaves = (id: number, leaves: KeyRow['leaves']) => touch(setRows)(rows.map((row) => (row.id === id ? { ...row, leaves } : row)));
  const rename = (id: number, name: string) => touch(setRows)(rows.map((row) => (row.id === id ? { ...row, name } : row)));
  const save = () =>
    void put
      .mutateAsync({
        params,
        body: {
          index: {
            line: line === null ? null : { ...line, token: textToTokens(lineTokens) },
            keys: keysOf(rows),
            maxTextLen,
          },
          ...(etag === null ? {} : { etag }),
        },
      })
      .then(
        // The editor starts anew with the saved index; the promise outlives it.
        () => message.success(t('indexSaved')),
        // Shown above the editor.
        () => undefined,
      );

  const words = wanted.trim().toLowerCase();
  const shown = words === '' ? rows : rows.filter((row) => `${row.name} ${row.config.alias}`.toLowerCase().includes(words));
  const box = (row: KeyRow, field: 'caseSensitive' | 'chn' | 'docValue', possible: boolean) =>
    possible ? (
      <Checkbox
        disabled={!mayChange}
        checked={row.config[field]}
        onChange={(event) => change(row.id, { [field]: event.target.checked })}
        aria-label={`${row.name} ${t(`key.${field}`)}`}
      />
    ) : (
      <span className="quiet">–</span>
    );
  const columns: readonly Column<KeyRow>[] = [
    {
      key: 'name',
      title: t('key.name'),
      render: (row) => (
        <Input
          size="small"
          variant="borderless"
          className="mono sl-cell-input"
          readOnly={!mayChange}
          maxLength={128}
          status={row.name.trim() === '' ? 'error' : ''}
          value={row.name}
          placeholder={t('key.name')}
          aria-label={t('key.name')}
          onChange={(event) => rename(row.id, event.target.value)}
        />
      ),
    },
    {
      key: 'type',
      title: t('key.type'),
      width: 112,
      render: (row) =>
        mayChange ? (
          <Select
            size="small"
            variant="borderless"
            className="sl-cell-input"
            value={row.config.type}
            onChange={(type) => {
              change(row.id, { type, ...(type === 'json' ? {} : { indexAll: false }) });
              if (type === 'json') setOpened(row.id);
            }}
            options={TYPES.map((value) => ({ value, label: value }))}
            aria-label={`${row.name} ${t('key.type')}`}
            style={{ width: 90 }}
          />
        ) : (
          row.config.type
        ),
    },
    {
      key: 'tokens',
      title: t('key.tokens'),
      width: 232,
      render: (row) =>
        row.config.type === 'text' || row.config.type === 'json' ? (
          <Input
            size="small"
            variant="borderless"
            className="mono sl-cell-input"
            readOnly={!mayChange}
            defaultValue={tokensToText(row.config.token)}
            onBlur={(event) => {
              const token = textToTokens(event.target.value);
              if (token.join('') !== row.config.token.join('')) change(row.id, { token });
            }}
            aria-label={`${row.name} ${t('key.tokens')}`}
          />
        ) : (
          <span className="quiet">–</span>
        ),
    },
    {
      key: 'alias',
      title: t('key.alias'),
      width: 130,
      render: (row) => (
        <Input
          size="small"
          variant="borderless"
          className="mono sl-cell-input"
          readOnly={!mayChange}
          value={row.config.alias}
          aria-label={`${row.name} ${t('key.alias')}`}
          onChange={(event) => change(row.id, { alias: event.target.value })}
        />
      ),
    },
    { key: 'docValue', title: t('key.docValue'), width: 78, render: (row) => box(row, 'docValue', true) },
    {
      key: 'case',
      title: t('key.caseSensitive'),
      width: 78,
      render: (row) => box(row, 'caseSensitive', row.config.type === 'text' || row.config.type === 'json'),
    },
    { key: 'chn', title: t('key.chn'), width: 78, render: (row) => box(row, 'chn', row.config.type === 'text') },
    {
      key: 'json',
      title: t('key.json'),
      width: 120,
      render: (row) => {
        if (row.config.type !== 'json') return <span className="quiet">–</span>;
        const isOpen = opened === row.id;
        return (
          <button
            type="button"
            className="link row"
            aria-expanded={isOpen}
            aria-label={t('leaf.of', { name: row.name })}
            onClick={() => setOpened(isOpen ? null : row.id)}
          >
            <Icon name={isOpen ? 'down' : 'right'} size={12} />
            {row.config.indexAll ? t('key.all') : t('key.leaves', { count: row.leaves.length })}
          </button>
        );
      },
    },
    {
      key: 'remove',
      title: '',
      width: 44,
      render: (row) =>
        mayChange && (
          <button
            type="button"
            className="sl-tool"
            aria-label={t('key.remove', { name: row.name })}
            title={t('key.remove', { name: row.name })}
            onClick={() => touch(setRows)(rows.filter((other) => other.id !== row.id))}
          >
            <Icon name="trash" size={14} />
          </button>
        ),
    },
  ];
  return (
    <>
      {(put.error ?? remove.error) && <Problem error={(put.error ?? remove.error)!} />}
      <Card
        title={t('fullText')}
        note={line === null ? t('fullTextOff') : t('fullTextOn')}
        action={
          <Switch
            size="small"
            disabled={!mayChange}
            checked={line !== null}
            onChange={(on) => touch(setLine)(on ? (index.line ?? EMPTY.line) : null)}
            aria-label={t('fullText')}
          />
        }
      >
        <div className="row sl-index-line">
          <label className="row">
            <span className="quiet">{t('key.tokens')}</span>
            <Input
              className="mono"
              disabled={!mayChange || line === null}
              value={lineTokens}
              onChange={(event) => touch(setLineTokens)(event.target.value)}
              style={{ width: 240 }}
            />
          </label>
          <Checkbox
            disabled={!mayChange || line === null}
            checked={line?.caseSensitive ?? false}
            onChange={(event) => line && touch(setLine)({ ...line, caseSensitive: event.target.checked })}
          >
            {t('key.caseSensitive')}
          </Checkbox>
          <Checkbox
            disabled={!mayChange || line === null}
            checked={line?.chn ?? false}
            onChange={(event) => line && touch(setLine)({ ...line, chn: event.target.checked })}
          >
            {t('key.chn')}
          </Checkbox>
          <span className="grow" />
          <label className="row">
            <span className="quiet">{t('maxTextLen')}</span>
            <InputNumber
              disabled={!mayChange}
              min={64}
              max={16_384}
              precision={0}
              value={maxTextLen}
              onChange={(value) => touch(setMaxTextLen)(value ?? MAX_TEXT_LEN)}
              style={{ width: 90 }}
            />
          </label>
        </div>
      </Card>
      <Card
        title={t('keys')}
        note={rows.length}
        action={
          <span className="row">
            <Input
              size="small"
              allowClear
              placeholder={t('findKey')}
              aria-label={t('findKey')}
              value={wanted}
              onChange={(event) => setWanted(event.target.value)}
              style={{ width: 160 }}
            />
            {mayChange && (
              <>
                <Button
                  size="small"
                  onClick={() => {
                    setWanted('');
                    touch(setRows)([rowOf(freshId(rows), '', newKey()), ...rows]);
                  }}
                >
                  {t('addKey')}
                </Button>
                {etag !== null && (
                  <Popconfirm
                    title={t('removeIndexTitle')}
                    description={t('removeIndexBody')}
                    okText={t('removeIndex')}
                    okButtonProps={{ danger: true }}
                    cancelText={t('cancel', { ns: 'common' })}
                    onConfirm={() => remove.mutate({ params })}
                  >
                    <Button size="small">{t('removeIndex')}</Button>
                  </Popconfirm>
                )}
                <Button
                  size="small"
                  type="primary"
                  disabled={!dirty || wrong !== null}
                  loading={put.isPending}
                  onClick={save}
                  data-testid="save-index"
                >
                  {t('save', { ns: 'common' })}
                </Button>
              </>
            )}
          </span>
        }
        flush
      >
        {wrong && (
          <p className="error sl-note-line" role="alert">
            {wrong.kind === 'unnamed' ? t('keyUnnamed') : t('keyTwice', { name: wrong.name })}
          </p>
        )}
        {dirty && etag !== null && <p className="quiet sl-note-line">{t('notRebuilt')}</p>}
        <DataTable
          label={t('keys')}
          columns={columns}
          rows={shown}
          rowKey={(row) => String(row.id)}
          below={(row) =>
            row.id === opened && row.config.type === 'json' ? (
              <LeafEditor
                row={row}
                mayChange={mayChange}
                onLeaves={(leaves) => setLeaves(row.id, leaves)}
                onConfig={(next) => change(row.id, next)}
              />
            ) : null
          }
        />
      </Card>
    </>
  );
}
