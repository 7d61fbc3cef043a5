import type { WireKind, WireObject } from '../../../../control/wire-objects.ts';
import { empty, json, type SlsOperation, type SlsQuery, type SlsRequest } from '../../operation.ts';
import { projectOf } from '../../resources.ts';
import type { SlsServices } from '../../services.ts';
import { SlsError } from '../../sls-error.ts';
import { containing, paged } from './paging.ts';

/** A kind of object that a project keeps as clients wrote it: how its five operations differ from those of other kinds. */
export interface ObjectFamily {
  readonly kind: WireKind;
  /** `MachineGroup`: ends the names of operations and RAM actions. */
  readonly word: string;
  /** `machinegroups`: path and list member. */
  readonly path: string;
  /** `groupName`: member of the body that holds the name, and parameter of the list. */
  readonly nameKey: string;
  /** Word in RAM resources. */
  readonly ram: string;
  /** Per project. */
  readonly limit: number;
  /** Checks a body and fills in what is left out. @throws SlsError */
  parse(request: SlsRequest): Readonly<Record<string, unknown>>;
  /** What the object looks like when read. */
  show(object: WireObject): Readonly<Record<string, unknown>>;
  /** Further members of a list's answer. */
  listed?(items: readonly WireObject[]): Readonly<Record<string, unknown>>;
  /** Narrows a list by other parameters. */
  keep?(object: WireObject, query: SlsQuery): boolean;
  /** Refuses an object that does not fit what else there is. @throws SlsError */
  check?(body: Readonly<Record<string, unknown>>, project: string, services: SlsServices, request: SlsRequest): void | Promise<void>;
}

/** Object with the times that the vendor adds. */
export const withTimes = ({ body, createdSec, modifiedSec }: WireObject): Record<string, unknown> => ({
  ...body,
  createTime: createdSec,
  lastModifyTime: modifiedSec,
});

/** Create, Get, Update, Delete and List of a family. */
export function objectOperations(family: ObjectFamily): readonly SlsOperation[] {
  const { kind, word, nameKey } = family;
  const nameIn = (body: Readonly<Record<string, unknown>>): string => {
    const name = body[nameKey];
    if (typeof name !== 'string' || name === '') throw new SlsError('ParameterInvalid', `${nameKey} is needed`);
    return name;
  };
  const all = { path: `/${family.path}`, host: 'project', resource: `project/{project}/${family.ram}/*` } as const;
  const one = { path: `/${family.path}/{name}`, host: 'project', resource: `project/{project}/${family.ram}/{name}` } as const;
  return [
    {
      ...all,
      name: `Create${word}`,
      method: 'POST',
      action: `log:Create${word}`,
      async handle(request, services, ctx) {
        const { name: project } = projectOf(request, services);
        const body = family.parse(request);
        await family.check?.(body, project, services, request);
        await services.control.objects.create(project, kind, nameIn(body), body, family.limit, ctx);
        return empty();
      },
    },
    {
      ...all,
      name: `List${word}`,
      method: 'GET',
      action: `log:List${word}`,
      async handle(request, services, ctx) {
        const { query } = request;
        const objects = await services.control.objects.list(projectOf(request, services).name, kind, ctx);
        const matching = containing(objects, query, nameKey, (o) => o.name).filter((o) => family.keep?.(o, query) ?? true);
        const { count, total, items } = paged(matching, query);
        return json({ count, total, [family.path]: items.map((o) => o.name), ...family.listed?.(items) });
      },
    },
    {
      ...one,
      name: `Get${word}`,
      method: 'GET',
      action: `log:Get${word}`,
      async handle(request, services, ctx) {
        const found = await services.control.objects.get(projectOf(request, services).name, kind, request.params['name'] ?? '', ctx);
        return json(family.show(found));
      },
    },
    {
      ...one,
      name: `Update${word}`,
      method: 'PUT',
      action: `log:Update${word}`,
      async handle(request, services, ctx) {
        const { name: project } = projectOf(request, services);
        const name = request.params['name'] ?? '';
        const body = { ...family.parse(request) };
        // Some SDKs leave the name to the path.
        if ((body[nameKey] ?? '') === '') body[nameKey] = name;
        if (body[nameKey] !== name) throw new SlsError('ParameterInvalid', `${nameKey} ${nameIn(body)} is not the ${name} of the path`);
        await family.check?.(body, project, services, request);
        await services.control.objects.update(project, kind, name, () => body, ctx);
        return empty();
      },
    },
    {
      ...one,
      name: `Delete${word}`,
      method: 'DELETE',
      action: `log:Delete${word}`,
      async handle(request, services, ctx) {
        await services.control.objects.delete(projectOf(request, services).name, kind, request.params['name'] ?? '', ctx);
        return empty();
      },
    },
  ];
}
