const PAGES = [
  '/overview',
  '/start',
  '/search',
  '/events',
  '/alerts',
  '/rules',
  '/standardization-rules',
  '/stores',
  '/consumer-groups',
  '/jobs',
  '/audit',
  '/access',
  '/settings',
  '/account',
] as const;
export type Page = (typeof PAGES)[number];

export type Place =
  | { readonly page: Page }
  | { readonly page: '/stores/$project/$logstore'; readonly params: { readonly project: string; readonly logstore: string } };

/** Links of the server that name a thing, and the page that shows it. */
const SHOWN_BY: Readonly<Record<string, Page>> = { '/pipeline': '/jobs', '/shipping': '/consumer-groups' };

/** Where the thing behind a link of the server is looked at; null: this console has no page for it. */
export function placeOf(link: string): Place | null {
  const [, project, logstore] = /^\/stores\/([^/]+)\/([^/]+)$/u.exec(link) ?? [];
  if (project !== undefined && logstore !== undefined) return { page: '/stores/$project/$logstore', params: { project, logstore } };
  const page = SHOWN_BY[link] ?? PAGES.find((known) => link === known || link.startsWith(`${known}/`));
  return page === undefined ? null : { page };
}
