import { create } from 'zustand';
import type { DesktopStatus, EngineStatus } from '../../src-main/http/schemas/desktop';
import { ApiError, errorMessage } from '../api/api-error';
import { getStatus } from '../api/desktop-api';

export type ConnectionPhase = 'connecting' | 'live' | 'lost' | 'signed-out';

interface ConnectionState {
  readonly phase: ConnectionPhase;
  /** Why, when `lost`. */
  readonly reason: string | undefined;
  readonly status: DesktopStatus | undefined;
}

export const useConnection = create<ConnectionState>(() => ({
  phase: 'connecting',
  reason: undefined,
  status: undefined,
}));

/** The engine's state as the server last told; `undefined` before the first answer. */
export function useEngine(): EngineStatus | undefined {
  return useConnection((state) => state.status?.engine);
}

/** Why nothing can be changed now, in words for people; `undefined` while server and engine answer. */
export function useOutage(): string | undefined {
  return useConnection(({ phase, status }) => {
    if (phase === 'lost') return 'The server cannot be reached now.';
    const engine = status?.engine.state ?? 'connected';
    return engine === 'connected' ? undefined : 'No container engine answers now.';
  });
}

export function markLive(): void {
  useConnection.setState({ phase: 'live', reason: undefined });
}

/** The stream broke: says so, and tells a missing sign-in from a missing server. */
export function markLost(error: unknown): void {
  const signedOut = error instanceof ApiError && error.status === 401;
  useConnection.setState({ phase: signedOut ? 'signed-out' : 'lost', reason: errorMessage(error) });
}

/** Reads the status; a 401 shows how to sign in, anything else keeps what was known. */
export async function loadStatus(): Promise<void> {
  try {
    useConnection.setState({ status: await getStatus() });
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) markLost(error);
  }
}

export function applyEngine(engine: EngineStatus): void {
  useConnection.setState(({ status }) => (status === undefined ? {} : { status: { ...status, engine } }));
}
