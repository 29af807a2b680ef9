/** The pages' addresses below the base path; every screen and detail has one. */
export const ROUTES = {
  sandboxes: '/sandboxes',
  snapshots: '/snapshots',
  disk: '/disk',
  activity: '/activity',
  settings: '/settings',
} as const;

export function sandboxRoute(id: string, tab?: 'logs'): string {
  return `${ROUTES.sandboxes}/${encodeURIComponent(id)}${tab === undefined ? '' : `/${tab}`}`;
}

export function snapshotRoute(id: string): string {
  return `${ROUTES.snapshots}/${encodeURIComponent(id)}`;
}
