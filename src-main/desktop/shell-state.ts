import type { DesktopSandbox, Settings } from '../http/schemas/desktop';
import { type DesktopEventType, followEvents } from './desktop-events';
import { type ApiHost, requestJson } from './in-process-api';

/** Many changes at once are read once. */
const REREAD_DELAY_MS = 150;

type Section = 'sandboxes' | 'settings';

/** What window and tray show of the server's state: read through the API, kept fresh by its events. */
export class ShellState {
  #sandboxes: DesktopSandbox[] = [];
  #settings: Settings | undefined;
  #timer: NodeJS.Timeout | undefined;
  #following: Promise<void> | undefined;
  readonly #stale = new Set<Section>();
  readonly #aborter = new AbortController();

  /** @param onChange called after each read. */
  constructor(
    private readonly host: ApiHost,
    private readonly onChange: () => void,
    private readonly log: (message: string) => void,
  ) {}

  get sandboxes(): readonly DesktopSandbox[] {
    return this.#sandboxes;
  }

  /** Undefined until they were read. */
  get settings(): Settings | undefined {
    return this.#settings;
  }

  /** Starts following the server's events. */
  start(): void {
    this.#following = followEvents(
      this.host,
      {
        connected: () => {
          this.#markStale('sandboxes', 'settings');
        },
        changed: (type) => {
          this.#markStale(...sectionsOf(type));
        },
      },
      this.#aborter.signal,
    );
  }

  /** Stops following; resolves when the event stream is closed. */
  async stop(): Promise<void> {
    this.#aborter.abort();
    clearTimeout(this.#timer);
    await this.#following;
  }

  #markStale(...sections: Section[]): void {
    if (sections.length === 0 || this.#aborter.signal.aborted) return;
    for (const section of sections) this.#stale.add(section);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#read().catch((error: unknown) => {
        this.log(`Could not read the server's state for window and tray: ${String(error)}`);
      });
    }, REREAD_DELAY_MS);
  }

  async #read(): Promise<void> {
    const stale = new Set(this.#stale);
    this.#stale.clear();
    if (stale.has('settings')) {
      this.#settings = (await this.#get('/v1/desktop/settings')) as Settings;
    }
    if (stale.has('sandboxes')) {
      const list = (await this.#get('/v1/desktop/sandboxes')) as { items: DesktopSandbox[] };
      this.#sandboxes = list.items;
    }
    if (!this.#aborter.signal.aborted) this.onChange();
  }

  /** The casts above hold because the server serialises by the same schemas. */
  #get(url: string): Promise<unknown> {
    return requestJson(this.host, { method: 'GET', url });
  }
}

function sectionsOf(type: DesktopEventType): Section[] {
  switch (type) {
    case 'sandbox':
      return ['sandboxes'];
    case 'settings':
      return ['settings'];
    case 'reset':
      return ['sandboxes', 'settings'];
    case 'snapshot':
    case 'task':
    case 'activity':
    case 'engine':
    case 'images':
      return [];
    default:
      return [];
  }
}
