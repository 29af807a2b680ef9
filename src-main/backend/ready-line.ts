import type { Backend } from './backend-types';

/** What a start prints when the server listens: the address, and a link that signs a browser in once. */
export function readyText(backend: Backend, json: boolean): string {
  const api = `${backend.address}/v1`;
  const gui = backend.createSignInLink();
  if (!json)
    return `OpenSandbox Desktop ready on ${api}\nGUI (this link signs in once, within ten minutes): ${gui}\n`;
  const port = Number(new URL(backend.address).port);
  return `${JSON.stringify({ event: 'ready', api, gui, port, pid: process.pid })}\n`;
}
