import { ClipboardAddon } from '@xterm/addon-clipboard';
import { FitAddon } from '@xterm/addon-fit';
import { SearchAddon } from '@xterm/addon-search';
import { Unicode11Addon } from '@xterm/addon-unicode11';
import { WebLinksAddon } from '@xterm/addon-web-links';
import { WebglAddon } from '@xterm/addon-webgl';
import { Terminal } from '@xterm/xterm';
import { createStore } from 'zustand/vanilla';
import { openDialog } from '../../state/dialogs';
import { followTheme } from '../../components/page-theme';
import { allowSpanStyles, withoutStyleElements } from './policy-safe-styles';
import { followSnapshots, type SnapshotMark } from './snapshot-marks';
import { TerminalConnection, type ConnectionState } from './terminal-connection';
import { hasGraphicsCard } from './graphics-card';
import { installTerminalKeys } from './terminal-keys';
import { currentTheme } from './terminal-theme';

const SCROLLBACK_LINES = 10_000;
const FONT_FAMILY = "'JetBrains Mono Variable', ui-monospace, monospace";
const FONT_PX = 13;

interface SessionState {
  readonly connection: ConnectionState;
  readonly marks: readonly SnapshotMark[];
  readonly searching: boolean;
}

/**
 * A terminal on screen with its connection. It lives until its tab is closed: leaving the page only takes its element
 * out of the document, so that the scrollback stays as it was.
 */
export class TerminalSession {
  readonly store = createStore<SessionState>(() => ({
    connection: { kind: 'connecting' },
    marks: [],
    searching: false,
  }));
  /** Goes into the page where the terminal is to be seen. */
  readonly host = document.createElement('div');
  readonly search = new SearchAddon();
  readonly terminal: Terminal;
  readonly connection: TerminalConnection;
  private onLeave: () => void = () => undefined;
  private readonly fitting = new FitAddon();
  private readonly stopping: (() => void)[];
  private replaying = 0;
  private opened = false;

  constructor(
    sandboxId: string,
    readonly sessionId: string,
    onTitle: (title: string) => void,
  ) {
    this.terminal = newTerminal();
    for (const addon of [this.fitting, this.search, new Unicode11Addon(), clipboard(), links()])
      this.terminal.loadAddon(addon);
    this.terminal.unicode.activeVersion = '11';
    this.connection = new TerminalConnection(sandboxId, sessionId, {
      onState: (connection) => this.store.setState({ connection }),
      onOutput: (bytes) => this.terminal.write(bytes),
      onReplay: (bytes) => this.replay(bytes),
    });
    this.terminal.onData((text) => {
      // Old output asks the terminal old questions again; the shell must not get the answers.
      if (this.replaying === 0) this.connection.write(text);
    });
    this.terminal.onResize(({ rows, cols }) => this.connection.resize(rows, cols));
    this.terminal.onTitleChange(onTitle);
    this.stopping = [
      followTheme(() => (this.terminal.options.theme = currentTheme())),
      followSnapshots(this.terminal, sandboxId, (marks) => this.store.setState({ marks })),
    ];
    this.connection.connect();
  }

  /** Where F6 leads, said by whoever shows the terminal. */
  leaveTo(onLeave: () => void): void {
    this.onLeave = onLeave;
  }

  /** Shows the terminal in a box and gives it the box's size. */
  show(box: HTMLElement): void {
    box.append(this.host);
    if (!this.opened) this.open();
    this.fit();
  }

  fit(): void {
    if (this.host.isConnected && this.host.clientWidth > 0) this.fitting.fit();
  }

  setReaderMode(on: boolean): void {
    this.terminal.options.screenReaderMode = on;
  }

  dispose(): void {
    for (const stop of this.stopping) stop();
    this.connection.close();
    this.terminal.dispose();
    this.host.remove();
  }

  private open(): void {
    this.opened = true;
    allowSpanStyles();
    withoutStyleElements(() => this.terminal.open(this.host));
    this.draw();
    installTerminalKeys(this.terminal, this.host, {
      search: () => this.store.setState({ searching: true }),
      leave: () => this.onLeave(),
      confirmPaste: (text, paste) => openDialog({ kind: 'paste-lines', text, paste }),
    });
  }

  /** On the graphics card where there is one, else as elements. */
  private draw(): void {
    if (!hasGraphicsCard()) return;
    try {
      const webgl = new WebglAddon();
      webgl.onContextLoss(() => withoutStyleElements(() => webgl.dispose()));
      this.terminal.loadAddon(webgl);
    } catch {
      // No WebGL here: xterm goes on with its own renderer.
    }
  }

  private replay(bytes: Uint8Array): void {
    this.replaying += 1;
    this.terminal.write(bytes, () => (this.replaying -= 1));
  }
}

function newTerminal(): Terminal {
  return new Terminal({
    allowProposedApi: true,
    cursorBlink: !matchMedia('(prefers-reduced-motion: reduce)').matches,
    fontFamily: FONT_FAMILY,
    fontSize: FONT_PX,
    lineHeight: 1.2,
    minimumContrastRatio: 4.5,
    scrollback: SCROLLBACK_LINES,
    theme: currentTheme(),
  });
}

/** Programs in a sandbox may fill the clipboard, as terminals let them, and never read it. */
function clipboard(): ClipboardAddon {
  return new ClipboardAddon(undefined, {
    readText: () => '',
    writeText: (_selection, text) => navigator.clipboard.writeText(text).catch(() => undefined),
  });
}

function links(): WebLinksAddon {
  return new WebLinksAddon((event, uri) => {
    if (event.ctrlKey || event.metaKey) window.open(uri, '_blank', 'noopener,noreferrer');
  });
}
