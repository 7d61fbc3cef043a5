import type { RunContext } from '../../../../core/context.ts';
import { SluiceError } from '../../../../core/errors.ts';
import { empty, json, type SlsOperation, type SlsRequest } from '../../operation.ts';
import { projectOf } from '../../resources.ts';
import type { SlsServices } from '../../services.ts';
import { SlsError } from '../../sls-error.ts';
import { objectOf } from './body.ts';
import { objectOperations, withTimes } from './object-operations.ts';

/** Per project, and charts of one dashboard (sls-api §5.5; the live service takes 200 charts). */
const MAX_DASHBOARDS = 100;
const MAX_CHARTS = 200;

type Dashboard = Readonly<Record<string, unknown>>;
type Chart = Readonly<Record<string, unknown>>;

/** A dashboard is kept as it was written; only its name is ours to check. @throws SlsError InvalidDashboardName */
function dashboardOf(request: SlsRequest): Dashboard {
  const body = objectOf(request);
  const name = body['dashboardName'];
  if (typeof name !== 'string' || !/^[a-z0-9][\w.-]{1,127}$/i.test(name))
    throw new SlsError('InvalidDashboardName', `dashboard name ${JSON.stringify(name)} is invalid, expected 2 to 128 of a-z A-Z 0-9 _ - .`);
  const charts = body['charts'] ?? [];
  if (!Array.isArray(charts)) throw new SlsError('PostBodyInvalid', 'charts is not an array');
  if (charts.length > MAX_CHARTS)
    throw new SlsError('ExceedQuota', `a dashboard has at most ${MAX_CHARTS} charts, but ${charts.length} were given`);
  return { displayName: name, description: '', ...body, charts };
}

const titleOf = (chart: Chart): string => {
  const title = chart['title'];
  return typeof title === 'string' ? title : '';
};

function chartOf(request: SlsRequest): Chart {
  const chart = objectOf(request);
  if (titleOf(chart) === '') throw new SlsError('PostBodyInvalid', 'a chart needs a title');
  return chart;
}

const chartsOf = (dashboard: Dashboard): readonly Chart[] => (dashboard['charts'] ?? []) as readonly Chart[];
const noChart = (name: string): SluiceError =>
  new SluiceError('request.not_found', `chart ${name} does not exist`, { resource: 'chart', name });

/** A dashboard finds its charts by title. @throws request.conflict */
function free(charts: readonly Chart[], title: string): void {
  if (charts.some((one) => titleOf(one) === title))
    throw new SluiceError('request.conflict', `chart ${title} already exists`, { resource: 'chart', name: title });
}

/** Changes the charts of the dashboard that the path names. @throws request.not_found */
async function changeCharts(
  request: SlsRequest,
  services: SlsServices,
  change: (charts: readonly Chart[]) => readonly Chart[],
  ctx: RunContext,
): Promise<void> {
  const { name: project } = projectOf(request, services);
  const name = request.params['name'] ?? '';
  await services.control.objects.update(project, 'dashboard', name, (before) => ({ ...before, charts: change(chartsOf(before)) }), ctx);
}

const CHARTS = { path: '/dashboards/{name}/charts', host: 'project', resource: 'project/{project}/dashboard/{name}' } as const;
const CHART = { ...CHARTS, path: '/dashboards/{name}/charts/{chart}' } as const;

/** Dashboards and their charts (sls-api §4.6). */
export const dashboardOperations: readonly SlsOperation[] = [
  ...objectOperations({
    kind: 'dashboard',
    word: 'Dashboard',
    path: 'dashboards',
    nameKey: 'dashboardName',
    ram: 'dashboard',
    limit: MAX_DASHBOARDS,
    parse: dashboardOf,
    show: withTimes,
    listed: (items) => ({
      dashboardItems: items.map((one) => ({ dashboardName: one.name, displayName: one.body['displayName'] ?? '' })),
    }),
  }),
  {
    ...CHARTS,
    name: 'CreateChart',
    method: 'POST',
    action: 'log:CreateChart',
    async handle(request, services, ctx) {
      const chart = chartOf(request);
      await changeCharts(
        request,
        services,
        (charts) => {
          free(charts, titleOf(chart));
          if (charts.length >= MAX_CHARTS)
            throw new SluiceError('request.quota', `a dashboard has at most ${MAX_CHARTS} charts`, {
              resource: 'chart',
              limit: MAX_CHARTS,
            });
          return [...charts, chart];
        },
        ctx,
      );
      return empty();
    },
  },
  {
    ...CHART,
    name: 'GetChart',
    method: 'GET',
    action: 'log:GetChart',
    async handle(request, services, ctx) {
      const { name: project } = projectOf(request, services);
      const { body } = await services.control.objects.get(project, 'dashboard', request.params['name'] ?? '', ctx);
      const name = request.params['chart'] ?? '';
      const chart = chartsOf(body).find((one) => titleOf(one) === name);
      if (chart === undefined) throw noChart(name);
      return json(chart);
    },
  },
  {
    ...CHART,
    name: 'UpdateChart',
    method: 'PUT',
    action: 'log:UpdateChart',
    async handle(request, services, ctx) {
      const chart = chartOf(request);
      const name = request.params['chart'] ?? '';
      await changeCharts(
        request,
        services,
        (charts) => {
          if (!charts.some((one) => titleOf(one) === name)) throw noChart(name);
          if (titleOf(chart) !== name) free(charts, titleOf(chart));
          return charts.map((one) => (titleOf(one) === name ? chart : one));
        },
        ctx,
      );
      return empty();
    },
  },
  {
    ...CHART,
    name: 'DeleteChart',
    method: 'DELETE',
    action: 'log:DeleteChart',
    async handle(request, services, ctx) {
      const name = request.params['chart'] ?? '';
      await changeCharts(
        request,
        services,
        (charts) => {
          if (!charts.some((one) => titleOf(one) === name)) throw noChart(name);
          return charts.filter((one) => titleOf(one) !== name);
        },
        ctx,
      );
      return empty();
    },
  },
];
