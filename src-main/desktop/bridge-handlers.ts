import { Notification, clipboard, shell } from 'electron';
import { AppError } from '../errors';
import type { BackendHost } from './backend-host';
import { importImageFromFile } from './image-import';
import { type ChannelHandlers, badArgument } from './ipc-handling';
import type { MainWindow } from './main-window';

const MAX_TITLE_LENGTH = 200;
const MAX_BODY_LENGTH = 1000;
const MAX_IMAGE_NAME_LENGTH = 255;

/** What each function of the preload's bridge does in the main process. */
export function bridgeHandlers(host: BackendHost, window: MainWindow): ChannelHandlers {
  return {
    'desktop:copy-api-key': {
      parse: () => [],
      run: async () => {
        await clipboard.writeText((await host.ready()).apiKey);
        return null;
      },
    },
    'desktop:import-image': {
      parse: ([name]) => [textArgument(name, 'The image name', MAX_IMAGE_NAME_LENGTH)],
      run: async (name) => importImageFromFile(await host.ready(), window.current, name),
    },
    'desktop:show-data-folder': {
      parse: () => [],
      run: async () => showFolder((await host.ready()).dataDir),
    },
    'desktop:notify': {
      parse: ([title, body]) => [
        textArgument(title, 'The title', MAX_TITLE_LENGTH),
        textArgument(body, 'The text', MAX_BODY_LENGTH),
      ],
      run: (title, body) => {
        notify(title, body, window);
        return Promise.resolve(null);
      },
    },
    'desktop:retry-on-port': {
      parse: ([port]) => [portArgument(port)],
      run: async (port) => {
        const backend = await host.ready();
        await backend.listen(port);
        return { address: backend.address };
      },
    },
  };
}

/** Shows a system notification whose click brings the window back. */
export function notify(title: string, body: string, window: MainWindow): void {
  if (!Notification.isSupported()) return;
  const notification = new Notification({ title, body });
  notification.on('click', () => {
    window.open();
  });
  notification.show();
}

async function showFolder(folder: string): Promise<null> {
  const problem = await shell.openPath(folder);
  if (problem === '') return null;
  throw new AppError(
    500,
    'DESKTOP::FOLDER_NOT_SHOWN',
    `Could not show ${folder}: ${problem}. Open it by hand.`,
  );
}

function textArgument(value: unknown, what: string, maxLength: number): string {
  if (typeof value === 'string' && value.trim() !== '' && value.length <= maxLength) return value;
  throw badArgument(`${what} must be a text of 1 to ${maxLength} characters.`);
}

function portArgument(value: unknown): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 65_535) return value;
  throw badArgument('The port must be a whole number from 1 to 65535.');
}
