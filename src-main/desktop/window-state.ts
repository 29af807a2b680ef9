import { readFileSync, writeFileSync } from 'node:fs';
import type { Rectangle } from 'electron';

export const MIN_WINDOW = { width: 900, height: 600 };
export const FIRST_WINDOW = { width: 1280, height: 800 };
/** How much of the title bar must be on a display for the window to be reachable, in pixels. */
const REACHABLE_WIDTH = 120;
const REACHABLE_HEIGHT = 40;

const THEMES = ['system', 'light', 'dark'] as const;
export type ThemeChoice = (typeof THEMES)[number];

/** What the next start needs before it can ask the server. */
export interface WindowState {
  /** Outer bounds of the window while it is not maximised. */
  bounds?: Rectangle;
  maximized: boolean;
  /** The setting's last value, so that a chosen theme does not flash the system's. */
  theme: ThemeChoice;
}

/** Reads the state; a missing or damaged file is a first start. */
export function readWindowState(file: string): WindowState {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    // Nothing is lost but a window's place.
    parsed = undefined;
  }
  const fields: { bounds?: unknown; maximized?: unknown; theme?: unknown } =
    typeof parsed === 'object' && parsed !== null ? parsed : {};
  const bounds = rectangleIn(fields.bounds);
  return {
    ...(bounds === undefined ? {} : { bounds }),
    maximized: fields.maximized === true,
    theme: THEMES.find((theme) => theme === fields.theme) ?? 'system',
  };
}

/** Writes the state; called while the window closes, so it does not wait. */
export function writeWindowState(file: string, state: WindowState): void {
  writeFileSync(file, JSON.stringify(state), { mode: 0o600 });
}

/**
 * Where to open the window: where it was if that can still be reached on one of the displays, else at its old size
 * wherever the system puts it, else at the first size.
 */
export function restoredBounds(
  saved: Rectangle | undefined,
  workAreas: readonly Rectangle[],
): Partial<Rectangle> & { width: number; height: number } {
  if (saved === undefined) return FIRST_WINDOW;
  const size = {
    width: Math.max(saved.width, MIN_WINDOW.width),
    height: Math.max(saved.height, MIN_WINDOW.height),
  };
  const titleBar = { x: saved.x, y: saved.y, width: size.width, height: REACHABLE_HEIGHT };
  if (!workAreas.some((area) => isReachable(titleBar, area))) return size;
  return { x: saved.x, y: saved.y, ...size };
}

function isReachable(titleBar: Rectangle, area: Rectangle): boolean {
  const left = Math.max(titleBar.x, area.x);
  const right = Math.min(titleBar.x + titleBar.width, area.x + area.width);
  const top = Math.max(titleBar.y, area.y);
  const bottom = Math.min(titleBar.y + titleBar.height, area.y + area.height);
  return right - left >= REACHABLE_WIDTH && bottom - top >= REACHABLE_HEIGHT / 2;
}

function rectangleIn(value: unknown): Rectangle | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { x, y, width, height } = value as Record<string, unknown>;
  const isWhole = (n: unknown): n is number => typeof n === 'number' && Number.isInteger(n);
  if (!isWhole(x) || !isWhole(y) || !isWhole(width) || !isWhole(height)) return undefined;
  return width > 0 && height > 0 ? { x, y, width, height } : undefined;
}
