import { Readable } from 'node:stream';
import type { Changes } from '../../activity/changes';
import type { DesktopEvent } from '../schemas/desktop';

/** Changes that a client which was away can catch up on; past that it reads everything anew. */
const HISTORY_LENGTH = 2_000;
/** A comment line this often keeps proxies and clients from giving up on a quiet stream. */
const HEARTBEAT_MS = 15_000;
/** A client this far behind is cut off; it comes back and catches up by itself. */
const MAX_BACKLOG_BYTES = 4 * 2 ** 20;

type EventType = Exclude<DesktopEvent['type'], 'reset'>;

interface Change {
  sequence: number;
  type: EventType;
  id: string;
}

/** What an entity looks like now, as the event that tells of it. */
export type EventView = (type: EventType, id: string) => DesktopEvent;

/**
 * Server-sent events of everything that changes. History holds only what changed, not how: a client that catches up
 * gets each entity once, as it is now. Changes of one turn are told together, so a burst costs one view per entity.
 */
export class EventFeed {
  private readonly history: Change[] = [];
  private readonly pending = new Map<string, { type: EventType; id: string }>();
  private readonly clients = new Set<Readable>();
  private sequence = 0;
  private flushScheduled = false;
  private heartbeat: NodeJS.Timeout | undefined;
  /** Distinguishes this run's sequence numbers from an earlier run's. */
  private readonly run = Date.now().toString(36);

  constructor(
    changes: Changes,
    private readonly view: EventView,
  ) {
    changes.on('sandbox', (id) => this.add('sandbox', id));
    changes.on('snapshot', (id) => this.add('snapshot', id));
    changes.on('task', (task) => this.add('task', task.id));
    changes.on('activity', (entry) => this.add('activity', entry.id));
    changes.on('engine', () => this.add('engine', 'engine'));
    changes.on('images', () => this.add('images', 'images'));
    changes.on('settings', () => this.add('settings', 'settings'));
  }

  /** A new stream; with the id of the last event that the client saw, it starts with what was missed. */
  open(lastEventId: string | undefined): Readable {
    const stream = new Readable({ read: () => undefined });
    stream.on('error', () => this.clients.delete(stream));
    stream.on('close', () => this.drop(stream));
    stream.push(`retry: 1000\nid: ${this.eventId(this.sequence)}\n: open\n\n`);
    if (lastEventId !== undefined) this.catchUp(stream, lastEventId);
    this.clients.add(stream);
    this.heartbeat ??= setInterval(() => this.broadcast(': alive\n\n'), HEARTBEAT_MS).unref();
    return stream;
  }

  close(): void {
    clearInterval(this.heartbeat);
    for (const client of this.clients) client.push(null);
    this.clients.clear();
  }

  private add(type: EventType, id: string): void {
    this.pending.set(`${type} ${id}`, { type, id });
    if (this.flushScheduled) return;
    this.flushScheduled = true;
    setImmediate(() => this.flush());
  }

  private flush(): void {
    this.flushScheduled = false;
    const changed = [...this.pending.values()];
    this.pending.clear();
    for (const { type, id } of changed) {
      this.sequence += 1;
      this.history.push({ sequence: this.sequence, type, id });
      if (this.clients.size > 0) this.broadcast(this.frame(this.sequence, this.view(type, id)));
    }
    if (this.history.length > HISTORY_LENGTH) this.history.splice(0, this.history.length - HISTORY_LENGTH);
  }

  private catchUp(stream: Readable, lastEventId: string): void {
    const [run, number] = lastEventId.split('-');
    const last = Number(number);
    const oldest = this.history[0]?.sequence ?? this.sequence + 1;
    if (run !== this.run || !Number.isInteger(last) || last + 1 < oldest || last > this.sequence) {
      stream.push(this.frame(this.sequence, { type: 'reset', id: 'reset', value: null }));
      return;
    }
    const missed = new Map<string, Change>();
    for (const change of this.history) {
      if (change.sequence > last) missed.set(`${change.type} ${change.id}`, change);
    }
    for (const { sequence, type, id } of missed.values())
      stream.push(this.frame(sequence, this.view(type, id)));
  }

  private frame(sequence: number, event: DesktopEvent): string {
    return `id: ${this.eventId(sequence)}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
  }

  private eventId(sequence: number): string {
    return `${this.run}-${sequence}`;
  }

  private broadcast(text: string): void {
    for (const client of this.clients) {
      if (client.readableLength > MAX_BACKLOG_BYTES) client.destroy();
      else client.push(text);
    }
  }

  private drop(stream: Readable): void {
    this.clients.delete(stream);
    if (this.clients.size > 0) return;
    clearInterval(this.heartbeat);
    this.heartbeat = undefined;
  }
}
