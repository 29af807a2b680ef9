import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

type Theme = 'light' | 'dark';

const tokens = readFileSync(resolve('src-renderer/styles/tokens.css'), 'utf8');

/** `--name: light-dark(#aaaaaa, #bbbbbb)` of tokens.css. */
const COLOURS = new Map(
  [...tokens.matchAll(/--([\w-]+):\s*light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g)].map((match) => [
    match[1] ?? '',
    { light: match[2] ?? '', dark: match[3] ?? '' },
  ]),
);

const TEXT_MINIMUM = 4.5;
const STATE_MINIMUM = 5.2;
const CONTROL_MINIMUM = 3;
const HOVER_MINIMUM = 1.1;
const STATES = ['running', 'paused', 'busy', 'ready', 'gone', 'failed'];
const BACKGROUNDS = ['canvas', 'surface', 'raised', 'hover', 'selected'];
const THEMES: Theme[] = ['light', 'dark'];

describe.each(THEMES)('contrast of the %s theme', (theme) => {
  it.each(STATES)('reads the word of the state %s on its tint', (state) => {
    expect(contrast(`state-${state}`, `state-${state}-tint`, theme)).toBeGreaterThanOrEqual(STATE_MINIMUM);
  });

  it.each(BACKGROUNDS)('reads text and muted text on %s', (background) => {
    expect(contrast('text', background, theme)).toBeGreaterThanOrEqual(TEXT_MINIMUM);
    expect(contrast('muted', background, theme)).toBeGreaterThanOrEqual(TEXT_MINIMUM);
  });

  it('reads the words on accent and danger, and links on every background', () => {
    expect(contrast('on-accent', 'accent', theme)).toBeGreaterThanOrEqual(TEXT_MINIMUM);
    expect(contrast('on-danger', 'danger', theme)).toBeGreaterThanOrEqual(TEXT_MINIMUM);
    for (const background of BACKGROUNDS) {
      expect(contrast('accent', background, theme)).toBeGreaterThanOrEqual(TEXT_MINIMUM);
    }
  });

  it('tells what is pointed at from what it lies on', () => {
    for (const background of ['surface', 'raised']) {
      expect(contrast('hover', background, theme)).toBeGreaterThanOrEqual(HOVER_MINIMUM);
    }
  });

  it.each(['map-node', 'map-ghost', 'map-here', 'accent'])(
    'sees %s in the small map and from afar',
    (block) => {
      for (const background of ['raised', 'map-unseen', 'surface']) {
        expect(contrast(block, background, theme)).toBeGreaterThanOrEqual(CONTROL_MINIMUM);
      }
    },
  );

  it('sees the borders of controls', () => {
    for (const background of ['canvas', 'surface', 'raised']) {
      expect(contrast('control-border', background, theme)).toBeGreaterThanOrEqual(CONTROL_MINIMUM);
    }
  });
});

function contrast(one: string, other: string, theme: Theme): number {
  const [dark = 0, light = 0] = [luminance(one, theme), luminance(other, theme)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

/** Relative luminance of WCAG 2.2. */
function luminance(name: string, theme: Theme): number {
  const colour = COLOURS.get(name);
  if (colour === undefined) throw new Error(`tokens.css has no colour --${name}.`);
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((start) => {
    const channel = Number.parseInt(colour[theme].slice(start, start + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
