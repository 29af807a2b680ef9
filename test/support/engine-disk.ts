import type Docker from 'dockerode';
import { LABEL_INSTANCE } from '../../src-main/engine/labels';

/** Bytes of all image layers as the engine itself counts them (`GET /system/df`). */
export async function layersBytes(docker: Docker): Promise<number> {
  // dockerode types the answer of GET /system/df as any.
  const { LayersSize: bytes } = (await docker.df()) as { LayersSize: number };
  return bytes;
}

/** Whether no image, named or not, is left of a server. */
export async function engineIsEmptyOf(docker: Docker, instanceId: string): Promise<boolean> {
  const filters = JSON.stringify({ label: [`${LABEL_INSTANCE}=${instanceId}`] });
  return (await docker.listImages({ all: true, filters })).length === 0;
}
