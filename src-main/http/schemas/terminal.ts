import { Type, type Static } from 'typebox';
import { Timestamp } from './common';

export const TerminalTicketRequest = Type.Object({ sandboxId: Type.String({ minLength: 1 }) });

export const TerminalTicket = Type.Object(
  {
    /** Good for one connection. */
    ticket: Type.String(),
    /** Where to connect, ticket included: `ws://localhost:8080/v1/desktop/sandboxes/…/terminal?ticket=…`. */
    url: Type.String(),
    expiresAt: Timestamp,
  },
  { $id: 'TerminalTicket' },
);
export type TerminalTicket = Static<typeof TerminalTicket>;

/** Of the WebSocket at `/v1/desktop/sandboxes/{id}/terminal`. */
export const TerminalQuery = Type.Object({
  session: Type.Optional(Type.String({ description: 'A session to join; without it a new one starts.' })),
  cwd: Type.Optional(Type.String({ description: 'Where a new session starts.' })),
  since: Type.Optional(Type.String({ description: 'Send the kept output from this byte on.' })),
  takeover: Type.Optional(Type.String({ description: '1 takes the place of whoever is connected.' })),
  pty: Type.Optional(Type.String({ description: '0 uses pipes instead of a terminal.' })),
  ticket: Type.Optional(Type.String({ description: 'From POST /v1/desktop/terminal-tickets.' })),
});
