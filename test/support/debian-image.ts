import type Docker from 'dockerode';
import { buildDebianFilesystem } from '../../src-main/engine/debian-filesystem';
import { messageOf } from '../../src-main/errors';

/** A minimal Debian: bash as well as dash, coreutils, util-linux. */
export const DEBIAN_IMAGE = 'opensandbox-test/debian:latest';

/**
 * Makes the image if it does not exist yet; it stays for the next run.
 * @returns why it cannot be made here, such as without debootstrap or a mirror; undefined when it is there.
 */
export async function ensureDebianImage(docker: Docker): Promise<string | undefined> {
  const found = await docker.listImages({ filters: JSON.stringify({ reference: [DEBIAN_IMAGE] }) });
  if (found.length > 0) return undefined;
  try {
    const { tar, remove } = await buildDebianFilesystem(() => undefined);
    try {
      const [repo, tag] = DEBIAN_IMAGE.split(':');
      const changes = ['ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'];
      const stream = await docker.importImage(tar, { repo, tag, changes });
      for await (const chunk of stream) {
        if (String(chunk).includes('"error"')) throw new Error(String(chunk));
      }
      return undefined;
    } finally {
      await remove();
    }
  } catch (error) {
    return messageOf(error);
  }
}
