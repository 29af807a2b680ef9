/** First segments that the API owns; each also answers at the root (CONTRACT.md 1.1). */
const API_ROOTS = new Set(['sandboxes', 'snapshots', 'pools', 'metrics', 'desktop', 'docs', 'openapi.json']);
const PROXIED = /^\/+(?:v1\/+)?sandboxes\/+([^/?#]+)\/+proxy\/+(\d+)(?=[/?#]|$)/;

/** Ports that this server answers itself, for every sandbox: the in-sandbox API and the egress policy. */
export const EXECD_PORT = 44772;
export const EGRESS_PORT = 18080;

/** A URL that leads to a port inside a sandbox. */
export interface ProxiedUrl {
  sandboxId: string;
  port: number;
  /** Path and query for the service behind the port, exactly as the caller wrote them. */
  target: string;
}

/** Takes a proxied URL apart; undefined for every other URL. */
export function splitProxiedUrl(url: string): ProxiedUrl | undefined {
  const match = PROXIED.exec(url);
  if (match === null) return undefined;
  const [route, sandboxId = '', port = ''] = match;
  const rest = url.slice(route.length);
  return { sandboxId, port: Number(port), target: rest.startsWith('/') ? rest : `/${rest}` };
}

/** Whether the port is one that this server answers itself. */
export function isOwnPort(port: number): boolean {
  return port === EXECD_PORT || port === EGRESS_PORT;
}

/**
 * Brings the forms of a URL that clients send to the one that routes are written for: duplicate and trailing slashes
 * go, and the API is reachable with and without `/v1`. What follows a port inside a sandbox belongs to the user's own
 * service: the router does not see it at all, so nothing in it can be misread; see {@link splitProxiedUrl}.
 */
export function canonicalUrl(url: string): string {
  const proxied = url.includes('/proxy/') ? splitProxiedUrl(url) : undefined;
  if (proxied !== undefined && !isOwnPort(proxied.port)) {
    return `/v1/sandboxes/${proxied.sandboxId}/proxy/${proxied.port}`;
  }
  const queryAt = url.indexOf('?');
  const path = queryAt < 0 ? url : url.slice(0, queryAt);
  if (isCanonical(path)) return url;
  const query = queryAt < 0 ? '' : url.slice(queryAt);
  return canonicalPath(path) + query;
}

function isCanonical(path: string): boolean {
  return path.startsWith('/v1/') && !path.endsWith('/') && !path.includes('//');
}

function canonicalPath(path: string): string {
  const single = withVersion(path.replace(/\/{2,}/g, '/'));
  return single.length > 1 && single.endsWith('/') && single.startsWith('/v1') ? single.slice(0, -1) : single;
}

function withVersion(path: string): string {
  const [, first = ''] = path.split('/', 2);
  return API_ROOTS.has(first) ? `/v1${path}` : path;
}
