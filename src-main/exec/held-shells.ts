import type { WarmShell } from './warm-shell';

/** When a shell is looked at again; then at the last pace. */
const CHECKS_MS: readonly number[] = [20, 100, 500, 2_000, 10_000, 60_000];
/** Past that the oldest shell is ended. */
const KEPT_SHELLS = 16;

/**
 * Shells whose outputs are still held by processes that a command left behind. Such a process may go on printing for
 * hours: its shell stays open and what it prints is dropped, because with the shell's end the engine would first
 * stall the container's execs for 2 s and then break the process's output. The shell serves again once it is clean.
 */
export class HeldShells {
  private readonly timers = new Map<WarmShell, NodeJS.Timeout>();

  constructor(private readonly onClean: (shell: WarmShell) => void) {}

  get size(): number {
    return this.timers.size;
  }

  add(shell: WarmShell, checksDone = 0): void {
    const wait = CHECKS_MS[Math.min(checksDone, CHECKS_MS.length - 1)];
    const timer = setTimeout(() => void this.check(shell, checksDone + 1), wait).unref();
    this.timers.set(shell, timer);
    const [oldest] = this.timers.keys();
    if (this.timers.size > KEPT_SHELLS && oldest !== undefined) this.release(oldest);
  }

  /** Lets go of all of them. */
  close(): void {
    for (const shell of [...this.timers.keys()]) this.release(shell);
  }

  private release(shell: WarmShell): void {
    clearTimeout(this.timers.get(shell));
    this.timers.delete(shell);
    shell.close();
  }

  private async check(shell: WarmShell, checksDone: number): Promise<void> {
    const settled = await shell.settle();
    // It may have been released while it was asked.
    if (!this.timers.delete(shell) || settled === 'gone') return;
    if (settled === 'clean') this.onClean(shell);
    else this.add(shell, checksDone);
  }
}
