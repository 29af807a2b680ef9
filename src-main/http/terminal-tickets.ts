import { randomBytes } from 'node:crypto';
import { AppError } from '../errors';

const TICKET_MS = 30_000;

interface Ticket {
  sandboxId: string;
  expires: number;
}

/**
 * Let a client open one terminal connection that can send neither header nor cookie: the window's pages, whose
 * WebSockets go to the port while everything else stays in process.
 */
export class TerminalTickets {
  private readonly tickets = new Map<string, Ticket>();

  /** A ticket for one connection to one sandbox, within half a minute. `expiresAt` is in ISO 8601. */
  issue(sandboxId: string): { ticket: string; expiresAt: string } {
    const now = Date.now();
    for (const [old, { expires }] of this.tickets) if (expires < now) this.tickets.delete(old);
    const ticket = randomBytes(24).toString('base64url');
    const expires = now + TICKET_MS;
    this.tickets.set(ticket, { sandboxId, expires });
    return { ticket, expiresAt: new Date(expires).toISOString() };
  }

  /** None that was issued so far opens anything any more. */
  revoke(): void {
    this.tickets.clear();
  }

  /**
   * Uses a ticket up, also where it does not fit.
   * @throws AppError 401 `TERMINAL::TICKET_REFUSED`
   */
  redeem(ticket: string, sandboxId: string): void {
    const found = this.tickets.get(ticket);
    this.tickets.delete(ticket);
    if (found !== undefined && found.sandboxId === sandboxId && found.expires >= Date.now()) return;
    throw new AppError(
      401,
      'TERMINAL::TICKET_REFUSED',
      'This terminal ticket was used already, is too old, or is for another sandbox. Ask for a new one.',
    );
  }
}
