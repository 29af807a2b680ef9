/** The pages' addresses below the base path; every screen and detail has one. */
export const ROUTES = {
  sandboxes: '/sandboxes',
  snapshots: '/snapshots',
  lineage: '/lineage',
  compare: '/compare',
  disk: '/disk',
  activity: '/activity',
  settings: '/settings',
  tour: '/tour',
} as const;

const SANDBOX_PARTS = ['terminal', 'files', 'logs', 'metrics', 'rules'] as const;
/** Parts of a sandbox's page beside the overview. */
export type SandboxPart = (typeof SANDBOX_PARTS)[number];

/** Whether the last piece of an address names a part, or is absent for the overview. */
export function isSandboxPart(piece: string | undefined): piece is SandboxPart | undefined {
  return piece === undefined || SANDBOX_PARTS.some((part) => part === piece);
}

/** The list of sandboxes with one row selected. */
export function sandboxListRoute(selectedId: string): string {
  return `${ROUTES.sandboxes}?selected=${encodeURIComponent(selectedId)}`;
}

export function sandboxRoute(id: string, tab?: SandboxPart): string {
  return `${ROUTES.sandboxes}/${encodeURIComponent(id)}${tab === undefined ? '' : `/${tab}`}`;
}

/** The files of a sandbox, with one of them open. */
export function sandboxFilesRoute(id: string, file: string): string {
  const query = file === '' ? '' : `?${new URLSearchParams({ file }).toString()}`;
  return `${sandboxRoute(id, 'files')}${query}`;
}

export function snapshotRoute(id: string): string {
  return `${ROUTES.snapshots}/${encodeURIComponent(id)}`;
}

/** The lineage with one of its nodes selected. */
export function lineageRoute(focusId: string): string {
  return `${ROUTES.lineage}?focus=${encodeURIComponent(focusId)}`;
}

/** What a snapshot holds: a folder of it, and maybe a file there that is open. */
export function snapshotFilesRoute(id: string, path = '/', file = ''): string {
  const query = new URLSearchParams(file === '' ? { path } : { path, file });
  return `${snapshotRoute(id)}/files?${query.toString()}`;
}

/** A comparison; sides that are not chosen yet are left out. */
export function compareRoute(pair: { from?: string; to?: string; path?: string }): string {
  const query = new URLSearchParams(Object.entries(pair).filter(([, value]) => value !== '')).toString();
  return query === '' ? ROUTES.compare : `${ROUTES.compare}?${query}`;
}
