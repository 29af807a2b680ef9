import { afterEach, describe, expect, it, vi } from 'vitest';
import { TerminalTickets } from '../../../src-main/http/terminal-tickets';

const REFUSED: unknown = expect.objectContaining({ status: 401, code: 'TERMINAL::TICKET_REFUSED' });

afterEach(() => {
  vi.useRealTimers();
});

describe('a terminal ticket', () => {
  it('works once', () => {
    const tickets = new TerminalTickets();
    const { ticket } = tickets.issue('sbx_a');
    tickets.redeem(ticket, 'sbx_a');
    expect(() => tickets.redeem(ticket, 'sbx_a')).toThrow(REFUSED);
  });

  it('works for half a minute', () => {
    vi.useFakeTimers();
    const tickets = new TerminalTickets();
    const { ticket } = tickets.issue('sbx_a');
    const second = tickets.issue('sbx_a').ticket;
    vi.advanceTimersByTime(29_000);
    tickets.redeem(ticket, 'sbx_a');
    vi.advanceTimersByTime(2_000);
    expect(() => tickets.redeem(second, 'sbx_a')).toThrow(REFUSED);
  });

  it('is worth nothing once all were taken back', () => {
    const tickets = new TerminalTickets();
    const { ticket } = tickets.issue('sbx_a');
    tickets.revoke();
    expect(() => tickets.redeem(ticket, 'sbx_a')).toThrow(REFUSED);
  });
});
