import { startPrivateEngine } from '../support/private-engine';
import { startTestServer, type TestServer } from '../support/server-api';

/** Runs work on a server process on an engine of its own, and removes both whatever comes of it. */
export async function onOwnEngine<T>(work: (server: TestServer) => Promise<T>): Promise<T> {
  const engine = await startPrivateEngine();
  try {
    const server = await startTestServer(engine.environment);
    try {
      return await work(server);
    } finally {
      await server.dispose();
    }
  } finally {
    await engine.destroy();
  }
}
