import { isAbsolute } from 'node:path';
import type { Changes } from '../activity/changes';
import { AppError } from '../errors';
import type { PatchSettingsRequest, Settings } from '../http/schemas/desktop';
import type { SettingsRecord } from '../store/records';
import type { Collection } from '../store/state-store';

/** Commits wait for the disk in turns: eight at once end a quarter sooner than four (docs/performance.md). */
const CAPTURES_AT_ONCE = 8;
const DEFAULTS: SettingsRecord = {
  id: 'settings',
  theme: 'system',
  density: 'comfortable',
  singleKeyShortcuts: true,
  keepRunningInTray: false,
  maxConcurrentCaptures: CAPTURES_AT_ONCE,
  prepareNetworks: true,
  preparedNetworks: 1,
  preparedIdleMinutes: 10,
  lookForSecrets: false,
  hostVolumeRoots: [],
};

/** The user's choices; each change is on disk before it is answered. */
export class SettingsService {
  constructor(
    private readonly records: Collection<SettingsRecord>,
    private readonly changes: Changes,
    /** From OPEN_SANDBOX_HOST_VOLUMES. */
    private readonly fixedHostVolumeRoots: readonly string[],
  ) {}

  get(): SettingsRecord {
    // A record of an older version lacks what came later.
    return { ...DEFAULTS, ...this.records.get('settings') };
  }

  /** As the API shows them: without the store's own id. */
  view(): Settings {
    const settings: Omit<SettingsRecord, 'id'> & { id?: string } = { ...this.get() };
    delete settings.id;
    return settings;
  }

  /** Folders that host volumes may lie under, from the environment and the settings. */
  hostVolumeRoots(): readonly string[] {
    return [...this.fixedHostVolumeRoots, ...this.get().hostVolumeRoots];
  }

  /** @throws AppError 400 for a folder that is not named by an absolute path */
  async patch(patch: PatchSettingsRequest): Promise<SettingsRecord> {
    const { engineEndpoint, ...others } = patch;
    patch.hostVolumeRoots?.forEach(requireAbsolute);
    const { engineEndpoint: current, ...rest } = this.get();
    const picked = engineEndpoint === undefined ? current : (engineEndpoint ?? undefined);
    const next: SettingsRecord = {
      ...rest,
      ...others,
      ...(picked === undefined ? {} : { engineEndpoint: picked }),
    };
    await this.records.put(next);
    this.changes.emit('settings', next);
    return next;
  }
}

/** Anything else would be read against the folder that this server happens to run in, which may hold everything. */
function requireAbsolute(folder: string): void {
  if (isAbsolute(folder) && !folder.includes('\0')) return;
  throw new AppError(
    400,
    'SANDBOX::INVALID_PARAMETER',
    `${JSON.stringify(folder)} is no folder that can be allowed. Name it by an absolute path, such as /home/me/shared.`,
  );
}
