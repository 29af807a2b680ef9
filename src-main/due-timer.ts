/** The clock may be set while a timer sleeps, so no sleep is longer than this. */
const LONGEST_SLEEP_MS = 1_000;

/** Wakes whoever has something to do at certain times of the clock. */
export class DueTimer {
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;

  /**
   * @param begin begins what is due; answers when the next thing is, in Unix milliseconds, or undefined for never
   * @param isReady whether anything can be done now; {@link schedule} is to be called again when that changes
   */
  constructor(
    private readonly begin: () => number | undefined,
    private readonly isReady: () => boolean,
  ) {}

  /** Looks now and sleeps until the next thing is due. */
  schedule(): void {
    clearTimeout(this.timer);
    if (this.stopped || !this.isReady()) return;
    const next = this.begin();
    if (next === undefined) return;
    const sleepMs = Math.min(Math.max(next - Date.now(), 0), LONGEST_SLEEP_MS);
    this.timer = setTimeout(() => this.schedule(), sleepMs);
    this.timer.unref();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }
}
