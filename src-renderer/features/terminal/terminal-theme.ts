import type { ITheme } from '@xterm/xterm';

/** Backgrounds and texts are those of tokens.css, which a canvas cannot read. */
const LIGHT: ITheme = {
  background: '#ffffff',
  foreground: '#1a1f27',
  cursor: '#1f5fd6',
  cursorAccent: '#ffffff',
  selectionBackground: '#bcd3fb',
  black: '#1a1f27',
  red: '#b0211b',
  green: '#176b34',
  yellow: '#7a5200',
  blue: '#1553b8',
  magenta: '#8a2a8f',
  cyan: '#0b6670',
  white: '#59636f',
  brightBlack: '#59636f',
  brightRed: '#c9362f',
  brightGreen: '#1d7f3f',
  brightYellow: '#8a6100',
  brightBlue: '#1f5fd6',
  brightMagenta: '#9c3aa1',
  brightCyan: '#0d7682',
  brightWhite: '#1a1f27',
};

const DARK: ITheme = {
  background: '#181c22',
  foreground: '#e6eaf0',
  cursor: '#6ea3ff',
  cursorAccent: '#0b1220',
  selectionBackground: '#2c4a80',
  black: '#717c8c',
  red: '#ff8a80',
  green: '#62d08c',
  yellow: '#f0b849',
  blue: '#7fb0ff',
  magenta: '#dd9bea',
  cyan: '#58cbd8',
  white: '#e6eaf0',
  brightBlack: '#9aa5b4',
  brightRed: '#ffaba4',
  brightGreen: '#8be0ab',
  brightYellow: '#f7d080',
  brightBlue: '#a5c8ff',
  brightMagenta: '#ebbdf4',
  brightCyan: '#8adfe9',
  brightWhite: '#ffffff',
};

/** The palette of the theme that the page shows now. */
export function currentTheme(): ITheme {
  return showsDark() ? DARK : LIGHT;
}

/** Colours of search hits on either theme; xterm wants them in full. */
export function searchColours(): {
  matchBackground: string;
  activeMatchBackground: string;
  matchOverviewRuler: string;
  activeMatchColorOverviewRuler: string;
} {
  const [match, active] = showsDark() ? ['#33270c', '#7a5200'] : ['#fdf1d6', '#f0b849'];
  return {
    matchBackground: match,
    activeMatchBackground: active,
    matchOverviewRuler: active,
    activeMatchColorOverviewRuler: active,
  };
}

function showsDark(): boolean {
  const chosen = document.documentElement.dataset['theme'];
  return chosen === undefined ? matchMedia('(prefers-color-scheme: dark)').matches : chosen === 'dark';
}
