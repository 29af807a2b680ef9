import { setTimeout as sleep } from 'node:timers/promises';
import type { DesktopEvent } from '../http/schemas/desktop';
import { type ApiHost, apiHeaders } from './in-process-api';

const RECONNECT_MS = 1000;

export type DesktopEventType = DesktopEvent['type'];

/** What a follower of the events is told. */
export interface EventListener {
  /** The stream is open: whatever was known before may be old. */
  connected(): void;
  changed(type: DesktopEventType): void;
}

/**
 * Follows `GET /v1/desktop/events` in process until the signal aborts, reconnecting when it ends. Only the kind of
 * change is passed on: listeners read the state again, so nothing is lost by a gap.
 */
export async function followEvents(
  host: ApiHost,
  listener: EventListener,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    // A stream that broke in this process is mended by a new one.
    await followOnce(host, listener, signal).catch(() => undefined);
    if (signal.aborted) return;
    await sleep(RECONNECT_MS, undefined, { signal }).catch(() => undefined);
  }
}

async function followOnce(host: ApiHost, listener: EventListener, signal: AbortSignal): Promise<void> {
  const answer = await host.http.inject({
    method: 'GET',
    url: '/v1/desktop/events',
    headers: { accept: 'text/event-stream', ...apiHeaders(host) },
    payloadAsStream: true,
    signal,
  });
  const stream = answer.stream();
  if (answer.statusCode !== 200) {
    stream.resume();
    return;
  }
  listener.connected();
  stream.setEncoding('utf8');
  let rest = '';
  for await (const chunk of stream) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const type = eventType(line);
      if (type !== undefined) listener.changed(type);
    }
  }
}

/** The kind named by an `event:` line; the stream carries nothing but {@link DesktopEvent}s. */
function eventType(line: string): DesktopEventType | undefined {
  const match = /^event: ?(\S+)/.exec(line);
  return match?.[1] as DesktopEventType | undefined;
}
