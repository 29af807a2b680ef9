import type Docker from 'dockerode';
import { engineStatus, translateEngineError } from './engine-errors';
import type { EngineEvent } from './engine-types';
import { parseEvent } from './engine-events';
import { jsonLines } from './json-stream';

const MILLIS_PER_SECOND = 1_000;
const SECRET_NAME = /SECRET|TOKEN|PASS|PWD|KEY|CREDENTIAL|AUTH/i;
/** The password of an address such as `postgres://user:password@host`, under whatever name. */
const PASSWORD_IN_ADDRESS = /(:\/\/[^:/?#\s]*:)[^@\s]*@/g;
const operation = {
  code: 'DOCKER::SANDBOX_QUERY_FAILED',
  doing: 'Could not ask the engine about the sandbox',
};

/** What the engine can tell about one container, for people who look for a fault. Every failure is an AppError. */
export class ContainerReports {
  constructor(private readonly docker: Docker) {}

  /**
   * The whole of `GET /containers/{id}/json`, with the values of environment variables masked whose names look secret,
   * and passwords in addresses.
   * Undefined when there is no such container.
   */
  async inspect(containerId: string): Promise<Record<string, unknown> | undefined> {
    try {
      const info = await this.docker.getContainer(containerId).inspect();
      // Engines send null for an image without environment, whatever the typings say.
      const env = info.Config.Env as string[] | null;
      return { ...info, Config: { ...info.Config, Env: env?.map(masked) ?? [] } };
    } catch (error) {
      if (engineStatus(error) === 404) return undefined;
      throw translateEngineError(error, operation);
    }
  }

  /**
   * What happened to the container, oldest first, as far back as the engine remembers (Docker: its last 256 events, of
   * all containers). The comings and goings of processes inside are left out.
   */
  async events(containerId: string, since: Date): Promise<EngineEvent[]> {
    const events: EngineEvent[] = [];
    try {
      const stream = await this.docker.getEvents({
        since: Math.floor(since.getTime() / MILLIS_PER_SECOND),
        // Exactly now: the engine would wait for a moment to come.
        until: Date.now() / MILLIS_PER_SECOND,
        filters: { container: [containerId] },
      });
      for await (const entry of jsonLines(stream)) events.push(parseEvent(entry));
    } catch (error) {
      throw translateEngineError(error, operation);
    }
    return events.filter(({ action }) => !action.startsWith('exec_'));
  }
}

function masked(variable: string): string {
  const [name = ''] = variable.split('=', 1);
  return SECRET_NAME.test(name) ? `${name}=***` : variable.replace(PASSWORD_IN_ADDRESS, '$1***@');
}
