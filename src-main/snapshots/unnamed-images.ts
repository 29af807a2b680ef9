import type { DockerEngine } from '../engine/docker-engine';

/**
 * Images that have lost their name, because their snapshot was deleted: they go when nothing uses them any more, or get
 * a name again, by an import of the snapshot or a capture of an unchanged sandbox that was made from it. The engine
 * removes an image that it is told by id together with the one name that it may have got meanwhile
 * (`DELETE /images/{id}`), so naming and removing take turns, by the snapshot that the image's labels tell of.
 */
export class UnnamedImages {
  private readonly naming = new Map<string, number>();
  private readonly removing = new Map<string, Promise<unknown>>();

  /**
   * Begins work that may name an image whose labels tell of the snapshot. Until the end nobody removes such an image.
   * @returns what ends it
   */
  async beginNaming(snapshotId: string): Promise<() => void> {
    await this.notBeingRemoved(snapshotId);
    this.naming.set(snapshotId, (this.naming.get(snapshotId) ?? 0) + 1);
    return () => {
      const others = (this.naming.get(snapshotId) ?? 1) - 1;
      if (others > 0) this.naming.set(snapshotId, others);
      else this.naming.delete(snapshotId);
    };
  }

  /**
   * Removes an image unless it has a name, or is about to get one.
   * @param snapshotId of the image's labels
   * @returns whether it is gone
   * @throws AppError as `Images.remove`, with the engine's 409 when a container or another image uses it
   */
  async remove(engine: DockerEngine, imageId: string, snapshotId: string): Promise<boolean> {
    await this.notBeingRemoved(snapshotId);
    if (this.naming.has(snapshotId)) return false;
    const removing = removeUnlessNamed(engine, imageId);
    this.removing.set(snapshotId, removing);
    try {
      return await removing;
    } finally {
      this.removing.delete(snapshotId);
    }
  }

  private async notBeingRemoved(snapshotId: string): Promise<void> {
    for (;;) {
      const removing = this.removing.get(snapshotId);
      if (removing === undefined) return;
      await removing.catch(() => undefined);
    }
  }
}

async function removeUnlessNamed(engine: DockerEngine, imageId: string): Promise<boolean> {
  const image = await engine.images.inspect(imageId);
  if (image === undefined) return true;
  if (image.tags.length > 0) return false;
  // Without force: the engine itself refuses what something began to use meanwhile.
  await engine.images.remove(imageId, false);
  return true;
}
