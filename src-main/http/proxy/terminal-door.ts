import { AppError } from '../../errors';
import { requireRunning } from '../../exec/sandbox-target';
import type { PtySession } from '../../exec/pty-session';
import { canonicalUrl } from '../request-url';
import type { Services } from '../services';
import { servePty } from './pty-socket';
import type { Upgrade } from './upgrades';

const DOOR = /^\/v1\/desktop\/sandboxes\/([^/]+)\/terminal$/;
/** The window's pages; their WebSockets are the only requests that leave the process. */
const WINDOW_ORIGIN = 'app://opensandbox';

/**
 * Serves `/v1/desktop/sandboxes/{id}/terminal`, which joins a terminal session or begins one.
 * @returns false for every other address
 * @throws AppError 401 or 403 without key, session cookie or ticket or from another site; 404, 409, 429, 503
 */
export function serveTerminalDoor(upgrade: Upgrade, services: Services): boolean {
  const { request } = upgrade;
  const { pathname, searchParams } = new URL(canonicalUrl(request.url ?? '/'), 'http://localhost');
  const sandboxId = DOOR.exec(pathname)?.[1];
  if (sandboxId === undefined) return false;
  checkDoor(upgrade, sandboxId, { services, ticket: searchParams.get('ticket') });
  services.renewal.touch(sandboxId);
  requireRunning(services.registry, services.engines, sandboxId);
  const session = sessionFor(sandboxId, searchParams, services);
  servePty(upgrade, session, { query: searchParams, used: services.renewal.onTraffic(sandboxId) });
  return true;
}

function checkDoor(
  { request, socket }: Upgrade,
  sandboxId: string,
  { services, ticket }: { services: Services; ticket: string | null },
): void {
  if (ticket === null) {
    services.access.check(request, socket);
    return;
  }
  const { origin, host } = request.headers;
  if (origin !== undefined && origin !== WINDOW_ORIGIN && origin !== `http://${host ?? ''}`) {
    throw new AppError(403, 'GENERAL::FORBIDDEN_ORIGIN', 'Terminals of other sites are refused.');
  }
  services.terminalTickets.redeem(ticket, sandboxId);
  services.access.hold(socket);
}

function sessionFor(sandboxId: string, query: URLSearchParams, { terminals }: Services): PtySession {
  const id = query.get('session');
  if (id !== null) return terminals.get(sandboxId, id);
  const cwd = query.get('cwd');
  return terminals.create(sandboxId, cwd === null ? {} : { cwd });
}
