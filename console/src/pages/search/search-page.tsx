import { getRouteApi, Link } from '@tanstack/react-router';
import { useQueryClient } from '@tanstack/react-query';
import { App, Button, Dropdown, Segmented } from 'antd';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '../../api/client.ts';
import { asCloud } from '../../kit/cloud.ts';
import { clockMinute, clockTime, count, duration } from '../../kit/format.ts';
import { Icon } from '../../kit/icon.tsx';
import { KeyBar } from '../../kit/key-bar.tsx';
import { KeyCap } from '../../kit/key-cap.tsx';
import { SkeletonRows } from '../../kit/skeleton-rows.tsx';
import { StateCard } from '../../kit/state-card.tsx';
import { TabsBar } from '../../kit/tabs-bar.tsx';
import { completeQuery } from '../../query-editor/complete-query.ts';
import { QueryEditor, type QueryMark } from '../../query-editor/query-editor.tsx';
import { useHotkeys } from '../../shell/hotkeys.ts';
import { usePanels } from '../../shell/panels.ts';
import { usePreferences } from '../../theme/preferences.ts';
import { csvOf, download, ndjsonOf } from './download.ts';
import { EmptyResult } from './empty-result.tsx';
import { FieldRail } from './field-rail.tsx';
import { Histogram } from './histogram.tsx';
import { readHistory, remember } from './history.ts';
import { LogDetails } from './log-details.tsx';
import { LogGrid } from './log-grid.tsx';
import { chooseColumns, jsonOf, type LogRow } from './log-rows.ts';
import { MetaLine } from './meta-line.tsx';
import { PinnedLog } from './pinned-log.tsx';
import { QueryProblem, spanOf } from './query-problem.tsx';
import { condition, searchPart, sqlName, withCondition } from './query-text.ts';
import { ResultChart } from './result-chart.tsx';
import { ResultTable } from './result-table.tsx';
import { rangeOf, type SearchAddress } from './search-address.ts';
import { StorePicker } from './store-picker.tsx';
import { TimePicker } from './time-picker.tsx';
import { printRange, windowOf, type TimeRange } from './time-range.ts';
import { useFields } from './use-fields.ts';
import { useLiveTail } from './use-live-tail.ts';
import { isAnalysis, MOST_ROWS, useHistogram, useSearchRows, type Run } from './use-search.ts';
import { useStores } from './use-stores.ts';
import './search-page.css';

const route = getRouteApi('/search');
const NO_MARKS: readonly QueryMark[] = [];

/** Log search: ask, look, narrow, open, export. The address holds the whole search. */
export function SearchPage() {
  const { t } = useTranslation('search');
  const { message } = App.useApp();
  const { zone } = usePreferences();
  const address = route.useSearch();
  const navigate = route.useNavigate();
  const client = useQueryClient();
  const panels = usePanels('search');
  const { stores, loaded } = useStores();
  const store = useMemo(
    () =>
      stores.find((item) => `${item.project}/${item.logstore}` === address.store) ??
      (address.store === undefined ? (stores[0] ?? null) : null),
    [stores, address.store],
  );
  const range = useMemo(() => rangeOf(address), [address]);

  const [draft, setDraft] = useState(address.q ?? '');
  const [run, setRun] = useState<Run | null>(null);
  const [live, setLive] = useState(false);
  const [timeOpen, setTimeOpen] = useState(false);
  const [showHistogram, setShowHistogram] = useState(true);
  const [wrap, setWrap] = useState(false);
  const [cursor, setCursor] = useState(-1);
  const [openRow, setOpenRow] = useState<string | null>(null);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [scrolled, setScrolled] = useState(false);
  const zooms = useRef<string[]>([]);
  const focusEditor = useRef<(() => void) | null>(null);
  const turns = useRef(0);

  const go = useCallback(
    (change: Partial<SearchAddress>, replace = false) => void navigate({ search: (before) => ({ ...before, ...change }), replace }),
    [navigate],
  );

  // A search runs when its address changes: by Run, by a link, by Back.
  useEffect(() => setDraft(address.q ?? ''), [address.q]);
  useEffect(() => {
    if (!store) return setRun(null);
    turns.current += 1;
    setRun({
      project: store.project,
      logstore: store.logstore,
      query: address.q ?? '*',
      ...windowOf(range, Date.now()),
      turn: turns.current,
    });
    setCursor(-1);
    setOpenRow(null);
    setSelected(new Set());
    // The store's rate changes with each poll: only its name counts.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [store?.project, store?.logstore, address.q, range]);

  const search = useSearchRows(run);
  const histogram = useHistogram(run);
  const analysis = isAnalysis(run?.query ?? '');
  const held = openRow !== null || selected.size > 0 || scrolled;
  const tail = useLiveTail(run, live, held);
  const rows: readonly LogRow[] = live ? tail.rows : search.rows;
  const { fields, seen } = useFields(store?.project ?? '', store?.logstore ?? '', rows);
  const columns = useMemo(
    () => (address.cols === undefined ? chooseColumns(rows) : address.cols.split(',').filter((name) => name !== '' && name !== '-')),
    [address.cols, rows],
  );
  const terms = search.first?.terms ?? [];
  const tab = live ? 'logs' : analysis ? (address.tab === 'chart' ? 'chart' : 'results') : 'logs';
  const view = address.view ?? 'table';
  const busy = search.isFetching && !search.isFetchingNextPage;
  const numeric = useMemo(
    () => new Set(fields.filter((field) => field.type === 'long' || field.type === 'double').map((field) => field.name)),
    [fields],
  );

  const submit = useCallback(
    (query: string = draft) => {
      const q = query.trim();
      if (store) remember({ q: q || '*', store: `${store.project}/${store.logstore}`, range: printRange(range) });
      if ((address.q ?? '') === q && run && store) {
        turns.current += 1;
        setRun({ ...run, ...windowOf(range, Date.now()), turn: turns.current });
      } else go({ q: q === '' ? undefined : q, log: undefined });
    },
    [draft, store, range, address.q, run, go],
  );
  const cancel = () => void client.cancelQueries({ queryKey: ['search'] });
  const filter = (field: string, value: string, exclude: boolean) =>
    submit(withCondition(draft, condition(field, value, numeric.has(field)), exclude));
  const setRange = (next: TimeRange) => go({ range: printRange(next) });
  const toggleColumn = (field: string) =>
    go({ cols: (columns.includes(field) ? columns.filter((name) => name !== field) : [...columns, field]).join(',') || '-' }, true);
  const zoom = (fromMs: number, toMs: number) => {
    zooms.current.push(printRange(range));
    setRange({ kind: 'absolute', fromMs, toMs });
  };
  const unzoom = () => {
    const before = zooms.current.pop();
    if (before !== undefined) go({ range: before });
  };
  const copyJson = (wanted: readonly LogRow[]) =>
    void navigator.clipboard
      .writeText(wanted.map((row) => JSON.stringify(jsonOf(row))).join('\n'))
      .then(() => message.success(t('copied', { ns: 'common' })));

  const select = (row: LogRow, asRange: boolean) => {
    setSelected((before) => {
      const after = new Set(before);
      const at = rows.indexOf(row);
      const anchor = asRange ? rows.findIndex((item) => before.has(item.id)) : -1;
      if (anchor >= 0) for (const item of rows.slice(Math.min(anchor, at), Math.max(anchor, at) + 1)) after.add(item.id);
      else if (after.has(row.id)) after.delete(row.id);
      else after.add(row.id);
      return after;
    });
  };
  const toggle = (row: LogRow | undefined) => row && setOpenRow((before) => (before === row.id ? null : row.id));
  const current = rows[cursor];

  const share = () => {
    const frozen = run ? printRange({ kind: 'absolute', fromMs: run.fromMs, toMs: run.toMs }) : printRange(range);
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries({
      ...address,
      store: store ? `${store.project}/${store.logstore}` : undefined,
      range: frozen,
    }))
      if (typeof value === 'string') search.set(name, value);
    void navigator.clipboard.writeText(`${location.origin}/search?${search.toString()}`).then(() => message.success(t('shared')));
  };

  const save = async (kind: 'csv' | 'ndjson') => {
    if (!run) return;
    const answer = await call('query', {
      params: { project: run.project, logstore: run.logstore },
      body: { query: run.query, from: new Date(run.fromMs).toISOString(), to: new Date(run.toMs).toISOString(), limit: MOST_ROWS },
    });
    const names = answer.columns.map((column) => column.name);
    const name = `${run.logstore}-${new Date(run.fromMs).toISOString().replaceAll(/[:.]/gu, '')}.${kind}`;
    download(
      name,
      kind === 'csv' ? 'text/csv' : 'application/x-ndjson',
      kind === 'csv' ? csvOf(names, answer.rows) : ndjsonOf(names, answer.rows),
    );
    const total = histogram.data?.total ?? answer.rows.length;
    void message.success(
      answer.hasSql || answer.rows.length >= total
        ? t('exported', { count: answer.rows.length, name })
        : t('exportedSome', { count: answer.rows.length, total, name }),
    );
  };

  useHotkeys([
    { keys: '/', does: t('keys.query'), run: () => focusEditor.current?.() },
    { keys: 'Ctrl+Enter', does: t('keys.run'), whileTyping: true, run: () => submit() },
    {
      keys: 'Escape',
      run: () => (busy ? cancel() : openRow !== null ? setOpenRow(null) : selected.size > 0 ? setSelected(new Set()) : false),
    },
    { keys: 't', does: t('keys.time'), run: () => setTimeOpen(true) },
    { keys: 'h', does: t('keys.histogram'), run: () => setShowHistogram(!showHistogram) },
    { keys: 'w', does: t('keys.wrap'), run: () => setWrap(!wrap) },
    { keys: 'Space', does: t('keys.live'), run: () => setLive(!live) },
    { keys: 'j', does: t('keys.move'), run: () => setCursor(Math.min(rows.length - 1, cursor + 1)) },
    { keys: 'k', run: () => setCursor(Math.max(0, cursor - 1)) },
    { keys: 'ArrowDown', run: () => setCursor(Math.min(rows.length - 1, cursor + 1)) },
    { keys: 'ArrowUp', run: () => setCursor(Math.max(0, cursor - 1)) },
    { keys: 'Enter', run: () => toggle(current) ?? false },
    { keys: 'e', does: t('keys.expand'), run: () => toggle(current) },
    { keys: 'x', does: t('keys.select'), run: () => current && select(current, false) },
    { keys: 'c', does: t('keys.copy'), run: () => current && copyJson([current]) },
    {
      keys: 'f',
      does: t('keys.filter'),
      run: () => {
        const field = columns[0];
        const value = field !== undefined && current?.values.get(field);
        if (field !== undefined && typeof value === 'string') filter(field, value, false);
      },
    },
    { keys: '[', run: () => panels.toggle('left') },
    { keys: ']', run: () => panels.toggle('left') },
  ]);

  const topSeen = useCallback(
    (field: string) => {
      const counts = new Map<string, number>();
      for (const row of rows) {
        const value = row.values.get(field);
        if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + 1);
      }
      return [...counts]
        .toSorted((a, b) => b[1] - a[1])
        .slice(0, 10)
        .map(([value, n]) => ({ value, count: n }));
    },
    [rows],
  );
  const complete = useMemo(
    () =>
      completeQuery(
        fields.filter((field) => field.type !== null).map((field) => ({ name: field.name, type: field.type ?? '' })),
        (field) => Promise.resolve(topSeen(field)),
      ),
    [fields, topSeen],
  );
  const span = spanOf(search.error);
  const marks = useMemo<readonly QueryMark[]>(() => {
    if (search.error && span) return [{ ...span, message: search.error.message, severity: 'error' }];
    const found = search.first?.diagnostics ?? [];
    return found.length === 0 ? NO_MARKS : found.map((item) => ({ ...item, severity: 'warning' as const }));
    // `span` is made anew each time from the same error.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [search.error, search.first]);

  const detail = (row: LogRow) => (
    <LogDetails
      project={store?.project ?? ''}
      logstore={store?.logstore ?? ''}
      row={row}
      terms={terms}
      columns={columns}
      aliasOf={(field) => fields.find((known) => known.name === field)?.alias ?? ''}
      onToggleColumn={toggleColumn}
      onFilter={filter}
      onAround={(timeMs) =>
        go({ q: undefined, log: undefined, range: printRange({ kind: 'absolute', fromMs: timeMs - 300_000, toMs: timeMs + 300_000 }) })
      }
    />
  );
  const { fetchNextPage, hasNextPage, isFetchingNextPage } = search;
  const onEnd = useCallback(() => {
    if (!live && hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [live, hasNextPage, isFetchingNextPage, fetchNextPage]);

  if (loaded && stores.length === 0)
    return (
      <StateCard
        tone="empty"
        label={t('title')}
        title={t('noStore')}
        actions={
          <>
            <Link to="/start" className="sl-link-button">
              {t('title', { ns: 'start' })}
            </Link>
            <Link to="/stores" className="sl-link-button">
              {t('nav.stores', { ns: 'shell' })}
            </Link>
          </>
        }
      >
        {t('noStoreBody')}
      </StateCard>
    );
  const bucket = histogram.data?.buckets[0];
  const bucketMs = bucket ? Date.parse(bucket.to) - Date.parse(bucket.from) : 60_000;
  const total = histogram.data?.total ?? search.first?.rows.length ?? 0;
  const past = readHistory();
  const bothDays = run !== null && run.toMs - run.fromMs > 86_400_000;

  return (
    <div className="sl-page sl-page-surface">
      <div className="sl-search-head">
        <h1 className="visually-hidden">{t('title')}</h1>
        <b>{t('title')}</b>
        <span className="grow" />
        <Dropdown
          trigger={['click']}
          menu={{
            items:
              past.length === 0
                ? [{ key: 'none', label: t('noHistory'), disabled: true }]
                : past.slice(0, 12).map((entry, at) => ({
                    key: at,
                    label: (
                      <span className="mono ellipsis" style={{ display: 'block', maxWidth: 520 }}>
                        {entry.q} <span className="quiet">{entry.store}</span>
                      </span>
                    ),
                  })),
            onClick: ({ key }) => {
              const entry = past[Number(key)];
              if (entry) go({ q: entry.q === '*' ? undefined : entry.q, store: entry.store, range: entry.range, log: undefined });
            },
          }}
        >
          <Button type="text" icon={<Icon name="history" size={14} />}>
            {t('history')}
          </Button>
        </Dropdown>
        <Button type="text" icon={<Icon name="share" size={14} />} onClick={share}>
          {t('share')}
        </Button>
      </div>
      <div className="sl-query-box">
        <StorePicker
          stores={stores}
          chosen={store}
          onChoose={(next) => go({ store: `${next.project}/${next.logstore}`, cols: undefined, log: undefined })}
        />
        <QueryEditor
          value={draft}
          label={t('query')}
          placeholder={t('placeholder')}
          marks={draft === (address.q ?? '') ? marks : NO_MARKS}
          complete={complete}
          onChange={setDraft}
          onRun={() => submit()}
          onEscape={() => busy && cancel()}
          focusRef={focusEditor}
        />
        <TimePicker range={range} window={run} open={timeOpen} onOpenChange={setTimeOpen} onChange={setRange} />
        <div className="sl-query-run">
          {live ? (
            <Button type="text" danger icon={<Icon name="stop" size={15} />} onClick={() => setLive(false)}>
              {t('stopLive')}
            </Button>
          ) : busy ? (
            <Button type="text" onClick={cancel}>
              {t('cancel')} <KeyCap>Esc</KeyCap>
            </Button>
          ) : (
            <Button type="primary" onClick={() => submit()}>
              {t('run')} <KeyCap plain>Ctrl ↵</KeyCap>
            </Button>
          )}
        </div>
      </div>
      <div className="sl-scan-line">{busy && <div />}</div>
      <MetaLine answer={search.error ? undefined : search.first} histogram={histogram.data} busy={busy} live={live ? tail : null} />
      {showHistogram && (
        <div className="sl-histogram">
          <div className="sl-histogram-head">
            <b>{t('histogram.title', { span: duration(bucketMs).replace(/^1 /u, '').replace('.0', '') })}</b>
            <span className="grow" />
            <span className="quiet">
              {range.kind === 'absolute' && zooms.current.length > 0 && run
                ? `${t('histogram.selected', { from: clockTime(new Date(run.fromMs), zone), to: clockMinute(new Date(run.toMs), zone) })} · `
                : ''}
              {t('histogram.hint')}
            </span>
          </div>
          <Histogram answer={histogram.data} onZoom={zoom} onUndo={unzoom} />
        </div>
      )}
      <div className="sl-search-body">
        {panels.left && (
          <FieldRail
            fields={fields}
            seen={seen}
            columns={columns}
            run={run}
            rowCount={rows.length}
            allShown={rows.length >= total}
            topSeen={topSeen}
            onToggleColumn={toggleColumn}
            onFilter={filter}
            onChart={(field) => {
              go({
                q: `${searchPart(draft)} | select ${sqlName(field)}, count(*) as logs group by ${sqlName(field)} order by logs desc limit 20`,
                tab: 'chart',
              });
            }}
          />
        )}
        <div className="sl-search-main">
          {address.log !== undefined && store && (
            <PinnedLog
              project={store.project}
              logstore={store.logstore}
              log={address.log}
              detail={detail}
              onUnpin={() => go({ log: undefined })}
            />
          )}
          <TabsBar
            label={t('tabs.label')}
            active={tab}
            onChange={(key) => (key === 'logs' ? submit(searchPart(draft)) : go({ tab: key === 'chart' ? 'chart' : 'results' }, true))}
            tabs={[
              { key: 'logs', text: t('tabs.logs'), count: analysis && !live ? undefined : count(live ? rows.length : total) },
              ...(analysis && !live
                ? [
                    {
                      key: 'results' as const,
                      text: t('tabs.results'),
                      count: search.first?.hasSql ? count(search.first.rows.length) : undefined,
                    },
                    { key: 'chart' as const, text: t('tabs.chart') },
                  ]
                : []),
            ]}
            extra={
              <>
                {tab === 'logs' && (
                  <>
                    <Segmented<'table' | 'lines' | 'json'>
                      value={view}
                      onChange={(next: 'table' | 'lines' | 'json') => go({ view: next === 'table' ? undefined : next }, true)}
                      aria-label={t('views.label')}
                      options={[
                        { value: 'table', label: t('views.table') },
                        { value: 'lines', label: t('views.lines') },
                        { value: 'json', label: t('views.json') },
                      ]}
                    />
                    <Button
                      type={wrap ? 'default' : 'text'}
                      icon={<Icon name="wrap" size={15} />}
                      aria-pressed={wrap}
                      title={t('wrap')}
                      aria-label={t('wrap')}
                      onClick={() => setWrap(!wrap)}
                    />
                  </>
                )}
                <Button icon={<Icon name={live ? 'pause' : 'play'} size={13} />} onClick={() => setLive(!live)}>
                  {t('live')} <KeyCap>Space</KeyCap>
                </Button>
                <Dropdown
                  trigger={['click']}
                  menu={{
                    items: [
                      { key: 'csv', label: `${t('exportCsv')} · ${t('exportLimit', { count: MOST_ROWS })}` },
                      { key: 'ndjson', label: `${t('exportNdjson')} · ${t('exportLimit', { count: MOST_ROWS })}` },
                    ],
                    onClick: ({ key }) => void save(key === 'csv' ? 'csv' : 'ndjson'),
                  }}
                >
                  <Button icon={<Icon name="download" size={14} />}>
                    {t('export')} <Icon name="down" size={12} />
                  </Button>
                </Dropdown>
              </>
            }
          />
          {live && tail.waiting.length > 0 && (
            <button
              type="button"
              className="sl-held"
              onClick={() => {
                setOpenRow(null);
                setSelected(new Set());
                tail.release();
              }}
            >
              <Icon name="up" size={13} />
              {t('held', {
                count: tail.waiting.length,
                why: openRow !== null ? t('heldOpen') : selected.size > 0 ? t('heldSelected') : t('heldScrolled'),
              })}
            </button>
          )}
          {search.error && !live ? (
            <QueryProblem error={search.error} query={address.q ?? '*'} onFix={submit} />
          ) : search.isPending && !live ? (
            <SkeletonRows rows={18} height={26} />
          ) : tab === 'results' && search.first ? (
            search.first.rows.length === 0 ? (
              <StateCard tone="empty" label={t('tabs.results')} title={t('empty.analysis')} />
            ) : (
              <ResultTable answer={search.first} label={t('tabs.results')} />
            )
          ) : tab === 'chart' && search.first ? (
            <ResultChart key={`${run?.query ?? ''}${run?.turn ?? 0}`} answer={search.first} />
          ) : rows.length === 0 && run && !live && !busy ? (
            <EmptyResult run={run} range={range} onRange={setRange} onQuery={submit} />
          ) : (
            <LogGrid
              rows={rows}
              columns={columns}
              view={view}
              wrap={wrap}
              terms={terms}
              cloud={asCloud(store?.cloud ?? '')}
              sourceName={store?.logstore ?? ''}
              cursor={cursor}
              open={openRow}
              selected={selected}
              withDate={bothDays}
              loadingMore={isFetchingNextPage}
              onCursor={setCursor}
              onToggle={toggle}
              onSelect={select}
              onFilter={filter}
              onEnd={onEnd}
              onScrolled={setScrolled}
              onRemoveColumn={toggleColumn}
              detail={detail}
            />
          )}
          {selected.size > 0 && (
            <div className="sl-bulk" role="toolbar">
              <b>{t('selected', { ns: 'common', count: selected.size })}</b>
              <Button onClick={() => copyJson(rows.filter((row) => selected.has(row.id)))}>{t('selectedCopy')}</Button>
              <Button
                type="text"
                icon={<Icon name="close" size={13} />}
                aria-label={t('clear', { ns: 'common' })}
                onClick={() => setSelected(new Set())}
              />
            </div>
          )}
        </div>
      </div>
      <KeyBar
        left={tab === 'logs' ? t('position', { row: cursor + 1, total: count(live ? rows.length : total) }) : ''}
        hints={[
          { keys: ['J', 'K'], does: t('keys.move') },
          { keys: ['E'], does: t('keys.expand') },
          { keys: ['X'], does: t('keys.select') },
          { keys: ['C'], does: t('keys.copy') },
          { keys: ['F'], does: t('keys.filter') },
          { keys: ['W'], does: t('keys.wrap') },
          { keys: ['?'], does: t('keys.all') },
        ]}
      />
    </div>
  );
}
