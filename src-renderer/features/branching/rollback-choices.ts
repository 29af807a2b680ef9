import type { DesktopSnapshot } from '../../../src-main/http/schemas/desktop';

/** Snapshots that a sandbox can go back to: its own first, then those of others, each newest first. */
export function rollbackChoices(
  sandboxId: string,
  order: readonly string[],
  byId: Readonly<Record<string, DesktopSnapshot>>,
): DesktopSnapshot[] {
  const ready = order.flatMap((id) => {
    const item = byId[id];
    return item?.snapshot.status.state === 'Ready' ? [item] : [];
  });
  const isOwn = (item: DesktopSnapshot): boolean => item.snapshot.sandboxId === sandboxId;
  return [...ready.filter(isOwn), ...ready.filter((item) => !isOwn(item))];
}
