import type Docker from 'dockerode';
import { jsonLines } from '../../../src-main/engine/json-stream';

const NANOS_PER_MILLI = 1e6;

/** Learns from the engine's events how long containers are frozen. */
export class FreezeEvents {
  private readonly frozenAt = new Map<string, number>();
  private readonly waiting = new Map<string, (millis: number) => void>();

  private readonly ending = new AbortController();

  static async open(docker: Docker): Promise<FreezeEvents> {
    const events = new FreezeEvents();
    const stream = await docker.getEvents({
      filters: { type: ['container'], event: ['pause', 'unpause'] },
      abortSignal: events.ending.signal,
    });
    void events.read(stream);
    return events;
  }

  /** Milliseconds of the next freeze of a container, by the engine's clock. */
  next(containerId: string): Promise<number> {
    return new Promise((resolve) => this.waiting.set(containerId, resolve));
  }

  close(): void {
    this.ending.abort();
  }

  private async read(stream: NodeJS.ReadableStream): Promise<void> {
    try {
      for await (const event of jsonLines(stream)) this.note(event);
    } catch {
      // Closed.
    }
  }

  private note({ Action: action, Actor: actor, timeNano }: Record<string, unknown>): void {
    const { ID: id = '' } = (actor ?? {}) as { ID?: string };
    const at = Number(timeNano) / NANOS_PER_MILLI;
    if (action === 'pause') this.frozenAt.set(id, at);
    if (action === 'unpause') this.waiting.get(id)?.(at - (this.frozenAt.get(id) ?? NaN));
  }
}
