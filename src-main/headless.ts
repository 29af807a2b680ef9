import { resolve } from 'node:path';
import { loadScript } from './cached-script';
import type * as Server from './server';

// The same module as one script (electron.vite.config.ts).
const { runServer } = loadScript(resolve(import.meta.dirname, 'server.cjs')) as typeof Server;
await runServer();
