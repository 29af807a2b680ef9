import type Docker from 'dockerode';
import { engineStatus, translateEngineError } from './engine-errors';
import type { ListedVolume, VolumeFacts } from './engine-types';

interface MeasuredVolume {
  Name: string;
  UsageData?: { Size: number } | null;
}

/** Named volume calls of the Docker API. Every failure is an AppError. */
export class Volumes {
  constructor(private readonly docker: Docker) {}

  /** Undefined when there is no such volume. */
  async inspect(name: string): Promise<VolumeFacts | undefined> {
    try {
      const info = await this.docker.getVolume(name).inspect();
      return { name: info.Name, driver: info.Driver, mountpoint: info.Mountpoint };
    } catch (error) {
      if (engineStatus(error) === 404) return undefined;
      throw translateEngineError(error, volumeOperation('Could not inspect the volume'));
    }
  }

  async create(name: string, labels: Record<string, string>): Promise<void> {
    try {
      await this.docker.createVolume({ Name: name, Labels: labels });
    } catch (error) {
      throw translateEngineError(error, volumeOperation('Could not create the volume'));
    }
  }

  /** Volumes with the label. */
  async list(label: string): Promise<ListedVolume[]> {
    try {
      const { Volumes: found } = await this.docker.listVolumes({ filters: { label: [label] } });
      // Engines answer null where a volume has no labels.
      return found.map(({ Name: name, Labels: labels }) => ({
        name,
        labels: (labels as Record<string, string> | null) ?? {},
      }));
    } catch (error) {
      throw translateEngineError(error, volumeOperation('Could not list volumes'));
    }
  }

  /**
   * Bytes by name, as far as the engine knows them (`GET /system/df`). It walks through all files for that, so it is
   * for what nobody waits for.
   */
  async sizes(): Promise<Map<string, number>> {
    try {
      // dockerode types the answer as any; engines say -1 where they cannot tell.
      const { Volumes: found } = (await this.docker.df()) as { Volumes: MeasuredVolume[] | null };
      return new Map(
        (found ?? []).flatMap(({ Name: name, UsageData: usage }) =>
          usage === undefined || usage === null || usage.Size < 0 ? [] : [[name, usage.Size] as const],
        ),
      );
    } catch (error) {
      throw translateEngineError(error, volumeOperation('Could not measure volumes'));
    }
  }

  /** A volume that is gone already is fine; one that something else uses stays (the engine answers 409). */
  async remove(name: string): Promise<void> {
    try {
      await this.docker.getVolume(name).remove();
    } catch (error) {
      const status = engineStatus(error);
      if (status === 404 || status === 409) return;
      throw translateEngineError(error, volumeOperation('Could not remove the volume'));
    }
  }
}

function volumeOperation(doing: string): { code: string; doing: string } {
  return { code: 'VOLUME::ENGINE_FAILED', doing };
}
