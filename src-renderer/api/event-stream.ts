import type { DesktopEvent } from '../../src-main/http/schemas/desktop';
import { openStream } from './http-client';
import { textChunks } from './ndjson';
import { sseParser } from './sse-parser';

const FIRST_RETRY_MS = 250;
const MAX_RETRY_MS = 5000;

export interface EventStreamHandlers {
  /** The stream is open; `resumed` says that nothing was missed since the last event. */
  onOpen: (resumed: boolean) => void;
  /** All events that one read brought, in order. */
  onEvents: (events: DesktopEvent[]) => void;
  onLost: (error: unknown) => void;
}

/**
 * Holds the event stream open while the page is visible: reconnects with growing delay (250 ms to 5 s), resumes
 * from the last event, rests while the document is hidden and catches up when it is shown. Returns how to stop.
 */
export function followEvents(handlers: EventStreamHandlers): () => void {
  const stop = new AbortController();
  void run(handlers, stop.signal);
  return () => stop.abort();
}

async function run(handlers: EventStreamHandlers, stop: AbortSignal): Promise<void> {
  const position: { lastId?: string } = {};
  let retryMs = FIRST_RETRY_MS;
  while (!stop.aborted) {
    await whenVisible(stop);
    const visit = new AbortController();
    const hide = (): void => {
      if (document.hidden) visit.abort();
    };
    document.addEventListener('visibilitychange', hide);
    const visitState = { opened: false };
    try {
      await readOnce(
        position,
        AbortSignal.any([visit.signal, stop]),
        handlers,
        () => (visitState.opened = true),
      );
    } catch (error) {
      // A stream that breaks is opened again first; only when that fails is the server lost.
      if (!visitState.opened && !isResting(visit, stop)) handlers.onLost(error);
    } finally {
      document.removeEventListener('visibilitychange', hide);
    }
    if (visitState.opened) retryMs = FIRST_RETRY_MS;
    if (isResting(visit, stop)) continue;
    await pause(retryMs, stop);
    retryMs = Math.min(MAX_RETRY_MS, retryMs * 2);
  }
}

async function readOnce(
  position: { lastId?: string },
  signal: AbortSignal,
  handlers: EventStreamHandlers,
  opened: () => void,
): Promise<void> {
  const headers: Record<string, string> = { Accept: 'text/event-stream' };
  if (position.lastId !== undefined) headers['Last-Event-ID'] = position.lastId;
  const response = await openStream('/desktop/events', signal, headers);
  opened();
  handlers.onOpen(position.lastId !== undefined);
  const parse = sseParser();
  for await (const text of textChunks(response)) {
    const messages = parse(text);
    const last = messages.findLast((message) => message.id !== undefined);
    if (last?.id !== undefined) position.lastId = last.id;
    // The server makes each event's data from DesktopEvent.
    if (messages.length > 0)
      handlers.onEvents(messages.map((message) => JSON.parse(message.data) as DesktopEvent));
  }
}

function isResting(visit: AbortController, stop: AbortSignal): boolean {
  return visit.signal.aborted || stop.aborted;
}

function whenVisible(stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (!document.hidden || stop.aborted) {
      resolve();
      return;
    }
    const check = (): void => {
      if (document.hidden && !stop.aborted) return;
      document.removeEventListener('visibilitychange', check);
      resolve();
    };
    document.addEventListener('visibilitychange', check);
    stop.addEventListener('abort', check, { once: true });
  });
}

function pause(millis: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, millis);
    const end = (): void => {
      clearTimeout(timer);
      resolve();
    };
    stop.addEventListener('abort', end, { once: true });
  });
}
