import { SluiceError } from '../../../../core/errors.ts';
import { empty, json, type SlsOperation, type SlsRequest } from '../../operation.ts';
import { projectOf } from '../../resources.ts';
import { SlsError } from '../../sls-error.ts';
import { objectOf } from './body.ts';
import { containing, paged } from './paging.ts';

/** Per project, and charts of one dashboard (sls-api §5.5; the live service takes 200 charts). */
const MAX_DASHBOARDS = 100;
const MAX_CHARTS = 200;

type Dashboard = Readonly<Record<string, unknown>>;
type Chart = Readonly<Record<string, unknown>>;

/** A dashboard is kept as it was written; only its name is ours to check. @throws SlsError InvalidDashboardName */
function dashboardOf(request: SlsRequest): { name: string; body: Dashboard } {
  const body = objectOf(request);
  const name = body['dashboardName'];
  if (typeof name !== 'string' || !/^[a-z0-9][\w.-]{1,127}$/i.test(name))
    throw new SlsError('InvalidDashboardName', `dashboard name ${JSON.stringify(name)} is invalid, expected 2 to 128 of a-z A-Z 0-9 _ - .`);
  const charts = body['charts'] ?? [];
  if (!Array.isArray(charts)) throw new SlsError('PostBodyInvalid', 'charts is not an array');
  if (charts.length > MAX_CHARTS)
    throw new SlsError('ExceedQuota', `a dashboard has at most ${MAX_CHARTS} charts, but ${charts.length} were given`);
  return { name, body: { displayName: name, description: '', ...body, charts } };
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

const LIST = { path: '/dashboards', host: 'project', resource: 'project/{project}/dashboard/*' } as const;
const ONE = { path: '/dashboards/{name}', host: 'project', resource: 'project/{project}/dashboard/{name}' } as const;
const CHARTS = { ...ONE, path: '/dashboards/{name}/charts' } as const;
const CHART = { ...ONE, path: '/dashboards/{name}/charts/{chart}' } as const;

/** Dashboards and their charts (sls-api §4.6). */
export const dashboardOperations: readonly SlsOperation[] = [
  {
    ...LIST,
    name: 'CreateDashboard',
    method: 'POST',
    action: 'log:CreateDashboard',
    async handle(request, services, ctx) {
      const { name, body } = dashboardOf(request);
      await services.control.objects.create(projectOf(request, services).name, 'dashboard', name, body, MAX_DASHBOARDS, ctx);
      return empty();
    },
  },
  {
    ...LIST,
    name: 'ListDashboard',
    method: 'GET',
    action: 'log:ListDashboard',
    async handle(request, services, ctx) {
      const all = await services.control.objects.list(projectOf(request, services).name, 'dashboard', ctx);
      const { count, total, items } = paged(
        containing(all, request.query, 'dashboardName', (one) => one.name),
        request.query,
      );
      return json({
        count,
        total,
        dashboards: items.map((one) => one.name),
        dashboardItems: items.map((one) => ({ dashboardName: one.name, displayName: one.body['displayName'] ?? '' })),
      });
    },
  },
  {
    ...ONE,
    name: 'GetDashboard',
    method: 'GET',
    action: 'log:GetDashboard',
    async handle(request, services, ctx) {
      const { body, createdSec, modifiedSec } = await services.control.objects.get(
        projectOf(request, services).name,
        'dashboard',
        request.params['name'] ?? '',
        ctx,
      );
      return json({ ...body, createTime: createdSec, lastModifyTime: modifiedSec });
    },
  },
  {
    ...ONE,
    name: 'UpdateDashboard',
    method: 'PUT',
    action: 'log:UpdateDashboard',
    async handle(request, services, ctx) {
      const { name, body } = dashboardOf(request);
      if (name !== request.params['name'])
        throw new SlsError('ParameterInvalid', `dashboardName ${name} is not the ${request.params['name']} of the path`);
      await services.control.objects.update(projectOf(request, services).name, 'dashboard', name, () => body, ctx);
      return empty();
    },
  },
  {
    ...ONE,
    name: 'DeleteDashboard',
    method: 'DELETE',
    action: 'log:DeleteDashboard',
    async handle(request, services, ctx) {
      await services.control.objects.delete(projectOf(request, services).name, 'dashboard', request.params['name'] ?? '', ctx);
      return empty();
    },
  },
  {
    ...CHARTS,
    name: 'CreateChart',
    method: 'POST',
    action: 'log:CreateChart',
    async handle(request, services, ctx) {
      const chart = chartOf(request);
      await services.control.objects.update(
        projectOf(request, services).name,
        'dashboard',
        request.params['name'] ?? '',
        (before) => {
          const charts = chartsOf(before);
          if (charts.some((one) => titleOf(one) === titleOf(chart)))
            throw new SluiceError('request.conflict', `chart ${titleOf(chart)} already exists`, {
              resource: 'chart',
              name: titleOf(chart),
            });
          if (charts.length >= MAX_CHARTS)
            throw new SluiceError('request.quota', `a dashboard has at most ${MAX_CHARTS} charts`, {
              resource: 'chart',
              limit: MAX_CHARTS,
            });
          return { ...before, charts: [...charts, chart] };
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
      const { body } = await services.control.objects.get(
        projectOf(request, services).name,
        'dashboard',
        request.params['name'] ?? '',
        ctx,
      );
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
      await services.control.objects.update(
        projectOf(request, services).name,
        'dashboard',
        request.params['name'] ?? '',
        (before) => {
          const charts = chartsOf(before);
          if (!charts.some((one) => titleOf(one) === name)) throw noChart(name);
          return { ...before, charts: charts.map((one) => (titleOf(one) === name ? chart : one)) };
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
      await services.control.objects.update(
        projectOf(request, services).name,
        'dashboard',
        request.params['name'] ?? '',
        (before) => {
          const charts = chartsOf(before);
          if (!charts.some((one) => titleOf(one) === name)) throw noChart(name);
          return { ...before, charts: charts.filter((one) => titleOf(one) !== name) };
        },
        ctx,
      );
      return empty();
    },
  },
];
