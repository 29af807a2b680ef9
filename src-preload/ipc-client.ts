import { ipcRenderer } from 'electron';
import type { IpcChannel, IpcChannels, IpcResult } from './ipc-channels';

/**
 * Calls the main process.
 * @throws Error with the message of what was thrown there, and its code as `name`. Of an error that leaves the preload,
 * `contextBridge` copies the message alone, so messages must say all that a person needs.
 */
export async function callMain<C extends IpcChannel>(
  channel: C,
  ...args: IpcChannels[C]['args']
): Promise<IpcChannels[C]['value']> {
  // The main process registers its handlers with the same map.
  const result = (await ipcRenderer.invoke(channel, ...args)) as IpcResult<IpcChannels[C]['value']>;
  if (result.ok) return result.value;
  const error = new Error(result.error.message);
  error.name = result.error.code;
  throw error;
}
