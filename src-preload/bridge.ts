/**
 * The typed bridge between the window and the desktop: only what a browser cannot do. Anything that could be
 * HTTP is HTTP. In a browser `window.desktop` is undefined and the GUI does without.
 */
export interface DesktopBridge {
  readonly platform: string;
  /** Copies the API key in the main process, so that it never enters the page. */
  copyApiKey(): Promise<void>;
  /** Native dialog for a root filesystem tar; the upload then goes through `/v1/desktop/images/import`. */
  importImageFromFile(name: string): Promise<{ taskId: string } | undefined>;
  /** Shows the data folder in the platform's file manager. */
  showDataFolder(): Promise<void>;
  /** System notification; the window decides when. */
  notify(title: string, body: string): Promise<void>;
  /** Asks the main process to try another port after a clash; resolves when the server listens. */
  retryOnPort(port: number): Promise<{ address: string }>;
}

declare global {
  interface Window {
    readonly desktop?: DesktopBridge;
  }
}
