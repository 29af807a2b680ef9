import type Docker from 'dockerode';
import { translateEngineError } from './engine-errors';

/** What keeps an image on the engine: a name, a container, or that nobody has removed the unnamed image yet. */
export interface ImageHolder {
  kind: 'name' | 'container' | 'unnamed';
  /** `repo:tag`, container id, or image id. */
  key: string;
  imageId: string;
  labels: Record<string, string>;
}

/**
 * Everything that keeps images (`GET /images/json`, `GET /containers/json`). Unnamed images that others are built on
 * are not among them: the engine removes them with their last child.
 */
export async function imageHolders(docker: Docker): Promise<ImageHolder[]> {
  try {
    const [images, containers] = await Promise.all([
      docker.listImages(),
      docker.listContainers({ all: true }),
    ]);
    return [
      ...images.flatMap(holdersOf),
      ...containers.map((each) => ({
        kind: 'container' as const,
        key: each.Id,
        imageId: each.ImageID,
        labels: each.Labels,
      })),
    ];
  } catch (error) {
    throw translateEngineError(error, {
      code: 'DOCKER::IMAGE_FAILED',
      doing: 'Could not list what keeps images',
    });
  }
}

function holdersOf(image: Docker.ImageInfo): ImageHolder[] {
  // Old engines answer null, and `<none>` for what has no name.
  const labels = (image.Labels as Record<string, string> | null) ?? {};
  const tags = ((image.RepoTags as string[] | null) ?? []).filter((tag) => tag !== '<none>:<none>');
  const digests = ((image.RepoDigests as string[] | null) ?? []).filter((each) => !each.startsWith('<none>'));
  const names = tags.length > 0 ? tags : digests;
  if (names.length === 0) return [{ kind: 'unnamed', key: image.Id, imageId: image.Id, labels }];
  return names.map((key) => ({ kind: 'name', key, imageId: image.Id, labels }));
}
