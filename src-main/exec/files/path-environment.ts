import type { SandboxTarget } from '../sandbox-target';
import type { PathEnvironment } from './sandbox-paths';

/**
 * What paths of requests are read against: what the engine gives to every process of the container.
 * @param home asks the sandbox for its user's home directory
 */
export async function readPathEnvironment(
  target: SandboxTarget,
  home: () => Promise<string>,
): Promise<PathEnvironment> {
  const settings = await target.engine.containers.settings(target.containerId);
  const variables = new Map((settings?.env ?? []).map(splitVariable));
  variables.set('HOSTNAME', settings?.hostname ?? '');
  // The engine sets it from the account of the user, unless the image or the request did.
  if (!variables.has('HOME')) variables.set('HOME', await home());
  const workingDir = settings?.workingDir ?? '';
  return { variable: (name) => variables.get(name), workingDir: workingDir === '' ? '/' : workingDir };
}

function splitVariable(text: string): [string, string] {
  const at = text.indexOf('=');
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
