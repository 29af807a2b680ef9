/** Every channel that the page may call: its arguments and its answer. Both sides use wrappers typed by this map. */
export interface IpcChannels {
  'desktop:copy-api-key': { args: []; value: null };
  'desktop:import-image': { args: [name: string]; value: { taskId: string } | null };
  'desktop:show-data-folder': { args: []; value: null };
  'desktop:notify': { args: [title: string, body: string]; value: null };
  'desktop:retry-on-port': { args: [port: number]; value: { address: string } };
}

export type IpcChannel = keyof IpcChannels;

/** How a call answers: errors travel as data, because Electron keeps nothing but the message of what is thrown. */
export type IpcResult<T> = { ok: true; value: T } | { ok: false; error: { code: string; message: string } };

/** From main to the page: show this path, such as `/app/settings`. */
export const NAVIGATE_CHANNEL = 'desktop:navigate';
