import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readWindowState, restoredBounds, writeWindowState } from '../../../src-main/desktop/window-state';

const LAPTOP = { x: 0, y: 0, width: 1440, height: 900 };
const SECOND_SCREEN = { x: 1440, y: 0, width: 1920, height: 1080 };

describe('restored bounds of the window', () => {
  it('is 1280×800 at the first start', () => {
    expect(restoredBounds(undefined, [LAPTOP])).toEqual({ width: 1280, height: 800 });
  });

  it('returns to where the window was', () => {
    const saved = { x: 1500, y: 40, width: 1200, height: 800 };
    expect(restoredBounds(saved, [LAPTOP, SECOND_SCREEN])).toEqual(saved);
  });

  it('keeps the size but not the place when its display has vanished', () => {
    const saved = { x: 1500, y: 40, width: 1200, height: 800 };
    expect(restoredBounds(saved, [LAPTOP])).toEqual({ width: 1200, height: 800 });
  });

  it('does not restore a window of which only a sliver could be grabbed', () => {
    expect(restoredBounds({ x: 1400, y: 40, width: 1200, height: 800 }, [LAPTOP])).not.toHaveProperty('x');
    expect(restoredBounds({ x: 100, y: -300, width: 1200, height: 800 }, [LAPTOP])).not.toHaveProperty('y');
  });

  it('is never smaller than 900×600', () => {
    const small = { x: 0, y: 0, width: 200, height: 100 };
    expect(restoredBounds(small, [LAPTOP])).toEqual({ x: 0, y: 0, width: 900, height: 600 });
  });
});

describe('window state file', () => {
  let dir: string;
  let file: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'osb-window-'));
    file = join(dir, 'window-state.json');
  });
  afterEach(() => {
    rmSync(dir, { recursive: true });
  });

  it('reads back what was written', () => {
    const state = {
      bounds: { x: -10, y: 5, width: 950, height: 650 },
      maximized: true,
      theme: 'dark' as const,
    };
    writeWindowState(file, state);
    expect(readWindowState(file)).toEqual(state);
  });

  it.each(['', '{"bounds":', 'null', '[]', '{"bounds":{"x":"0"},"maximized":1,"theme":"pink"}'])(
    'treats the damaged file %j as a first start',
    (text) => {
      writeFileSync(file, text);
      expect(readWindowState(file)).toEqual({ maximized: false, theme: 'system' });
    },
  );

  it('treats a missing file as a first start', () => {
    expect(readWindowState(file)).toEqual({ maximized: false, theme: 'system' });
  });
});
