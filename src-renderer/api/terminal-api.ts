import type { TerminalTicket } from '../../src-main/http/schemas/terminal';
import { request } from './http-client';

/** Terminal sessions of a sandbox, and where their WebSockets are. */

interface TerminalStatus {
  session_id: string;
  running: boolean;
}

/** Ids of the sandbox's sessions, oldest first. @throws ApiError 503 unless the sandbox runs */
export async function listTerminals(sandboxId: string): Promise<string[]> {
  const { sessions } = await request<{ sessions: TerminalStatus[] }>('GET', sessionsPath(sandboxId));
  return sessions.map((session) => session.session_id);
}

/** @throws ApiError 404 when the session is gone, 503 unless the sandbox runs */
export function getTerminal(sandboxId: string, sessionId: string): Promise<TerminalStatus> {
  return request('GET', sessionPath(sandboxId, sessionId));
}

/** A new session; its shell starts with the first connection. @throws ApiError 429, 503 */
export async function createTerminal(sandboxId: string): Promise<string> {
  return (await request<{ session_id: string }>('POST', sessionsPath(sandboxId), { body: {} })).session_id;
}

/** Kills the shell with everything it started. */
export function deleteTerminal(sandboxId: string, sessionId: string): Promise<void> {
  return request('DELETE', sessionPath(sandboxId, sessionId));
}

/**
 * Where a session's WebSocket is. A browser is let in by its cookie; the window's pages have another origin than the
 * port, so each of their connections takes a ticket.
 */
export async function terminalAddress(sandboxId: string, sessionId: string, since: number): Promise<string> {
  const query = new URLSearchParams({ session: sessionId, since: String(since), takeover: '1' });
  if (location.protocol === 'http:') {
    return `ws://${location.host}/v1/desktop/sandboxes/${encodeURIComponent(sandboxId)}/terminal?${query.toString()}`;
  }
  const { url } = await request<TerminalTicket>('POST', '/desktop/terminal-tickets', { body: { sandboxId } });
  return `${url}&${query.toString()}`;
}

function sessionsPath(sandboxId: string): string {
  return `/sandboxes/${encodeURIComponent(sandboxId)}/proxy/44772/pty`;
}

function sessionPath(sandboxId: string, sessionId: string): string {
  return `${sessionsPath(sandboxId)}/${encodeURIComponent(sessionId)}`;
}
