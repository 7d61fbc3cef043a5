import { Button, Checkbox, Input, InputNumber, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { DataTable, type Column } from '../../kit/data-table.tsx';
import { Icon } from '../../kit/icon.tsx';
import { LEAF_TYPES, newLeaf, type KeyConfig, type KeyRow, type LeafRow } from './index-draft.ts';

interface LeafEditorProps {
  readonly row: KeyRow;
  readonly mayChange: boolean;
  readonly onLeaves: (leaves: readonly LeafRow[]) => void;
  readonly onConfig: (next: Partial<KeyConfig>) => void;
}

/** The inner keys of a JSON key: each is a column of search and SQL by its path, `request.headers.host`. */
export function LeafEditor({ row: { name, config, leaves }, mayChange, onLeaves, onConfig }: LeafEditorProps) {
  const { t } = useTranslation('stores');
  const move = (id: number, path: string) => onLeaves(leaves.map((row) => (row.id === id ? { ...row, path } : row)));
  const change = (id: number, next: Partial<LeafRow['leaf']>) =>
    onLeaves(leaves.map((row) => (row.id === id ? { ...row, leaf: { ...row.leaf, ...next } } : row)));
  const columns: readonly Column<LeafRow>[] = [
    {
      key: 'path',
      title: t('leaf.path'),
      render: (row) => (
        <Input
          size="small"
          variant="borderless"
          className="mono sl-cell-input"
          readOnly={!mayChange}
          maxLength={256}
          autoFocus={row.path === ''}
          status={row.path.trim() === '' ? 'error' : ''}
          value={row.path}
          placeholder={t('leaf.hint')}
          aria-label={`${name} ${t('leaf.path')}`}
          onChange={(event) => move(row.id, event.target.value)}
        />
      ),
    },
    {
      key: 'type',
      title: t('key.type'),
      width: 112,
      render: (row) => (
        <Select
          size="small"
          variant="borderless"
          className="sl-cell-input"
          disabled={!mayChange}
          value={row.leaf.type}
          onChange={(type) => change(row.id, { type })}
          options={LEAF_TYPES.map((value) => ({ value, label: value }))}
          aria-label={`${name}.${row.path} ${t('key.type')}`}
          style={{ width: 90 }}
        />
      ),
    },
    {
      key: 'alias',
      title: t('key.alias'),
      width: 190,
      render: (row) => (
        <Input
          size="small"
          variant="borderless"
          className="mono sl-cell-input"
          readOnly={!mayChange}
          value={row.leaf.alias}
          aria-label={`${name}.${row.path} ${t('key.alias')}`}
          onChange={(event) => change(row.id, { alias: event.target.value })}
        />
      ),
    },
    {
      key: 'docValue',
      title: t('key.docValue'),
      width: 90,
      render: (row) => (
        <Checkbox
          disabled={!mayChange}
          checked={row.leaf.docValue}
          onChange={(event) => change(row.id, { docValue: event.target.checked })}
          aria-label={`${name}.${row.path} ${t('key.docValue')}`}
        />
      ),
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
            aria-label={t('key.remove', { name: `${name}.${row.path}` })}
            title={t('key.remove', { name: `${name}.${row.path}` })}
            onClick={() => onLeaves(leaves.filter((other) => other.id !== row.id))}
          >
            <Icon name="trash" size={14} />
          </button>
        ),
    },
  ];
  return (
    <div className="sl-leaves" data-testid={`leaves-${name}`}>
      <div className="row sl-leaves-line">
        <Checkbox disabled={!mayChange} checked={config.indexAll} onChange={(event) => onConfig({ indexAll: event.target.checked })}>
          {t('leaf.indexAll')}
        </Checkbox>
        <label className="row">
          <span className="quiet">{t('leaf.depth')}</span>
          <InputNumber
            size="small"
            disabled={!mayChange || !config.indexAll}
            min={1}
            max={10}
            precision={0}
            placeholder={t('leaf.anyDepth')}
            value={config.maxDepth < 1 ? null : config.maxDepth}
            onChange={(value) => onConfig({ maxDepth: value ?? -1 })}
            style={{ width: 90 }}
          />
        </label>
        <span className="grow" />
        {mayChange && (
          <Button size="small" onClick={() => onLeaves([...leaves, newLeaf(leaves)])}>
            {t('leaf.add')}
          </Button>
        )}
      </div>
      {leaves.length > 0 && <DataTable label={t('leaf.of', { name })} columns={columns} rows={leaves} rowKey={(row) => String(row.id)} />}
    </div>
  );
}
