import type { IpcMain, IpcMainInvokeEvent } from 'electron';
import type { IpcChannel, IpcChannels, IpcResult } from '../../src-preload/ipc-channels';
import { AppError, messageOf } from '../errors';
import { APP_ORIGIN } from './app-origin';

/** How one channel checks what came and what it then does. */
export interface ChannelHandler<C extends IpcChannel> {
  /**
   * Narrows what the page sent, which may be anything.
   * @throws AppError when it is not what the channel takes.
   */
  parse(args: unknown[]): IpcChannels[C]['args'];
  run(...args: IpcChannels[C]['args']): Promise<IpcChannels[C]['value']>;
}

/** A handler for every channel: a channel without one does not compile. */
export type ChannelHandlers = { [C in IpcChannel]: ChannelHandler<C> };

/** Registers the handlers. The sender is checked here, once for all of them. */
export function handleChannels(ipc: Pick<IpcMain, 'handle'>, handlers: ChannelHandlers): void {
  // The keys of a ChannelHandlers are the channels.
  for (const channel of Object.keys(handlers) as IpcChannel[]) {
    ipc.handle(channel, (event, ...args: unknown[]) => answer(handlers[channel], event, args));
  }
}

/** The error for arguments that a channel does not take. */
export function badArgument(message: string): AppError {
  return new AppError(400, 'DESKTOP::INVALID_ARGUMENT', message);
}

async function answer<C extends IpcChannel>(
  handler: ChannelHandler<C>,
  event: IpcMainInvokeEvent,
  args: unknown[],
): Promise<IpcResult<IpcChannels[C]['value']>> {
  try {
    requireOwnPage(event);
    return { ok: true, value: await handler.run(...handler.parse(args)) };
  } catch (error) {
    const code = error instanceof AppError ? error.code : 'DESKTOP::UNEXPECTED';
    return { ok: false, error: { code, message: messageOf(error) } };
  }
}

/** Only the top frame of our own origin may call; a frame that is gone has no say either. */
function requireOwnPage(event: IpcMainInvokeEvent): void {
  const frame = event.senderFrame;
  if (frame !== null && frame.parent === null && frame.origin === APP_ORIGIN) return;
  throw new AppError(403, 'DESKTOP::UNTRUSTED_SENDER', 'Only the app’s own window may do this.');
}
