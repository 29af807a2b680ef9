/**
 * What the launcher in `scripts/` needs of the product before a server runs, so that finding an engine and
 * preparing a first image exist once.
 */
import { connectionOptions } from './engine/discovery-connection';
import type { EngineCandidate } from './engine/discovery-types';
import type { ImageBootstrap } from './engine/image-bootstrap';
import type { StarterResult } from './engine/starter-image';

export { parseOptions } from './backend/options';
export { discoverEngine } from './engine/discovery';

/** Whether the engine has any image that a sandbox could start from. */
export async function hasImages(
  engine: Pick<EngineCandidate, 'endpoint'>,
  environment: NodeJS.ProcessEnv,
): Promise<boolean> {
  const images = await openImages(engine, environment);
  return (await images.count()) > 0;
}

/**
 * Makes sure that a sandbox can start: an engine without any image gets the starter image.
 * @returns undefined when the engine has images already.
 * @throws AppError when the engine cannot be asked, or nothing is there to make an image from.
 */
export async function prepareFirstImage(
  engine: Pick<EngineCandidate, 'endpoint'>,
  environment: NodeJS.ProcessEnv,
): Promise<StarterResult | undefined> {
  const images = await openImages(engine, environment);
  if ((await images.count()) > 0) return undefined;
  const { ensureStarterImage } = await import('./engine/starter-image');
  return ensureStarterImage(images);
}

async function openImages(
  engine: Pick<EngineCandidate, 'endpoint'>,
  environment: NodeJS.ProcessEnv,
): Promise<ImageBootstrap> {
  const { ImageBootstrap } = await import('./engine/image-bootstrap');
  return new ImageBootstrap(connectionOptions(engine.endpoint, environment));
}
