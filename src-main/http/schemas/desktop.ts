import { Type, type Static } from 'typebox';
import { StringMap, Timestamp } from './common';
import { SnapshotRules } from './rules';
import { Sandbox } from './sandboxes';
import { SnapshotLabels } from './snapshot-labels';
import { VolumeCopy } from './snapshot-volumes';
import { LeaveOut } from './secrets';
import { Snapshot } from './snapshots';
import { NotCaptured, SnapshotVerification } from './snapshot-verification';
import { TaskResult } from './task-result';

/** What only this product has: everything under `/v1/desktop` (DESIGN.md). Bytes and milliseconds throughout. */

const StatusReason = Type.Object({ reason: Type.String(), message: Type.String() });

export const DesktopSandbox = Type.Object(
  {
    sandbox: Sandbox,
    containerId: Type.Optional(Type.String()),
    /** For people: metadata `name`, else the shortened id. */
    displayName: Type.String(),
    resourceLimits: StringMap,
    envNames: Type.Array(Type.String(), { description: 'Names only; values never leave the container.' }),
    volumes: Type.Array(
      Type.Object({
        name: Type.String(),
        kind: Type.Enum(['host', 'named']),
        source: Type.String(),
        mountPath: Type.String(),
        readOnly: Type.Boolean(),
        subPath: Type.Optional(Type.String()),
        /** The snapshot whose copy of a volume it was filled from. */
        fromSnapshotId: Type.Optional(Type.String()),
      }),
    ),
    network: Type.Enum(['bridge', 'none']),
    /** Snapshots taken of this sandbox, of any state. */
    snapshotCount: Type.Integer(),
    /** The capture that runs now, if any. */
    capturingSnapshotId: Type.Optional(Type.String()),
    failure: Type.Optional(StatusReason),
    /** Absent while nobody set any. */
    rules: Type.Optional(SnapshotRules),
    /** When its rules next look whether a snapshot is due. */
    nextSnapshotAt: Type.Optional(Timestamp),
  },
  { $id: 'DesktopSandbox' },
);
export type DesktopSandbox = Static<typeof DesktopSandbox>;

export const DesktopSnapshot = Type.Object(
  {
    snapshot: Snapshot,
    displayName: Type.String(),
    sandboxName: Type.Optional(Type.String()),
    parentSnapshotId: Type.Optional(Type.String()),
    baseImage: Type.Optional(Type.String()),
    /** Snapshots whose parent this is. */
    childCount: Type.Integer(),
    /** Sandboxes that exist now and were started from it. */
    sandboxCount: Type.Integer(),
    imageTag: Type.String(),
    imageId: Type.Optional(Type.String()),
    sizeBytes: Type.Optional(Type.Integer()),
    ownSizeBytes: Type.Optional(Type.Integer()),
    layers: Type.Optional(Type.Integer()),
    layerLimit: Type.Integer(),
    captureStartedAt: Type.Optional(Timestamp),
    /** For a capture that waits or runs: what this machine's history says it will take. */
    predictedMillis: Type.Optional(Type.Integer()),
    captureMillis: Type.Optional(Type.Integer()),
    freezeMillis: Type.Optional(Type.Integer()),
    flattened: Type.Boolean(),
    restoreDefaults: Type.Object({
      entrypoint: Type.Array(Type.String()),
      resourceLimits: StringMap,
      envNames: Type.Array(Type.String()),
    }),
    notes: Type.Optional(Type.String()),
    labels: Type.Optional(StringMap),
    pinned: Type.Boolean(),
    /** The rule that had it taken; absent for what somebody asked for. */
    automatic: Type.Optional(Type.Enum(['interval', 'before-delete', 'before-expiry', 'before-rollback'])),
    readOnly: Type.Boolean({ description: 'Adopted from another OpenSandbox server.' }),
    restoredCount: Type.Integer(),
    lastRestoredAt: Type.Optional(Timestamp),
    verification: Type.Optional(SnapshotVerification),
    notCaptured: Type.Optional(NotCaptured),
    volumeCopies: Type.Optional(Type.Array(VolumeCopy)),
  },
  { $id: 'DesktopSnapshot' },
);
export type DesktopSnapshot = Static<typeof DesktopSnapshot>;

export const DesktopSandboxList = Type.Object({ items: Type.Array(DesktopSandbox) });

/** Newest first; `nextCursor` absent at the end. */
export const DesktopSnapshotList = Type.Object({
  items: Type.Array(DesktopSnapshot),
  totalItems: Type.Integer(),
  nextCursor: Type.Optional(Type.String()),
});
export type DesktopSnapshotList = Static<typeof DesktopSnapshotList>;

export const DesktopSnapshotQuery = Type.Object({
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 2000, default: 200 })),
  cursor: Type.Optional(Type.String({ description: 'Id of the last snapshot already held.' })),
});

export const PatchDesktopSnapshotRequest = Type.Object({
  name: Type.Optional(
    Type.Union([Type.String({ minLength: 1, maxLength: 200, pattern: '\\S' }), Type.Null()]),
  ),
  notes: Type.Optional(Type.Union([Type.String({ maxLength: 4000 }), Type.Null()])),
  labels: Type.Optional(SnapshotLabels),
  pinned: Type.Optional(Type.Boolean()),
});
export type PatchDesktopSnapshotRequest = Static<typeof PatchDesktopSnapshotRequest>;

export const Task = Type.Object(
  {
    id: Type.String(),
    kind: Type.Enum([
      'image.pull',
      'image.import',
      'image.starter',
      'snapshot.export',
      'snapshot.import',
      'snapshot.push',
      'snapshot.pull',
      'sandbox.rollback',
      'sandbox.fork',
      'snapshot.fork',
      'snapshot.verify',
      'snapshot.secrets',
    ]),
    title: Type.String(),
    state: Type.Enum(['Running', 'Succeeded', 'Failed', 'Cancelled']),
    progress: Type.Object({
      done: Type.Integer(),
      total: Type.Optional(Type.Integer()),
      unit: Type.Enum(['bytes', 'layers', 'steps']),
    }),
    startedAt: Timestamp,
    finishedAt: Type.Optional(Timestamp),
    predictedMillis: Type.Optional(Type.Integer()),
    result: Type.Optional(TaskResult),
    error: Type.Optional(Type.Object({ code: Type.String(), message: Type.String() })),
  },
  { $id: 'Task' },
);
export type Task = Static<typeof Task>;
export const TaskList = Type.Object({ items: Type.Array(Task) });

export const Activity = Type.Object(
  {
    id: Type.String(),
    at: Timestamp,
    cause: Type.Enum(['api', 'gui', 'expiry', 'rule', 'engine', 'recovery']),
    kind: Type.String(),
    severity: Type.Enum(['info', 'error']),
    message: Type.String(),
    sandboxId: Type.Optional(Type.String()),
    snapshotId: Type.Optional(Type.String()),
    taskId: Type.Optional(Type.String()),
  },
  { $id: 'Activity' },
);
export type Activity = Static<typeof Activity>;
export const ActivityList = Type.Object({ items: Type.Array(Activity) });

export const LocalImage = Type.Object({
  id: Type.String(),
  /** What to write as `image.uri`. */
  name: Type.String(),
  sizeBytes: Type.Integer(),
  createdAt: Timestamp,
});
export type LocalImage = Static<typeof LocalImage>;
export const LocalImageList = Type.Object({ items: Type.Array(LocalImage) });

const RegistryAuth = Type.Object({ username: Type.String(), password: Type.String() });

export const PullImageRequest = Type.Object({
  uri: Type.String({ minLength: 1 }),
  auth: Type.Optional(RegistryAuth),
});

export const RegistryRequest = Type.Object({
  reference: Type.String({
    minLength: 1,
    maxLength: 512,
    description: 'Where in which registry, such as `registry.example.com:5000/team/my-snapshot:v1`.',
  }),
  auth: Type.Optional({
    ...RegistryAuth,
    description: 'Without it, what the Docker configuration of the server keeps for this registry.',
  }),
});
export type RegistryRequest = Static<typeof RegistryRequest>;

export const PushRequest = Type.Object({ ...RegistryRequest.properties, leaveOut: Type.Optional(LeaveOut) });
export type PushRequest = Static<typeof PushRequest>;

export const Settings = Type.Object(
  {
    theme: Type.Enum(['system', 'light', 'dark']),
    density: Type.Enum(['comfortable', 'compact']),
    singleKeyShortcuts: Type.Boolean(),
    keepRunningInTray: Type.Boolean(),
    maxConcurrentCaptures: Type.Integer({ minimum: 1, maximum: 16 }),
    prepareNetworks: Type.Boolean({
      description: 'Keep networks ready, so that the next sandboxes start sooner.',
    }),
    preparedNetworks: Type.Integer({
      minimum: 1,
      maximum: 8,
      description: 'How many are kept ready; each takes some 4 MiB of memory.',
    }),
    preparedIdleMinutes: Type.Integer({
      minimum: 1,
      maximum: 1440,
      description: 'How long after the last create they are kept.',
    }),
    lookForSecrets: Type.Boolean({
      description: 'Have the window look for secrets before a snapshot is exported or pushed.',
    }),
    hostVolumeRoots: Type.Array(Type.String()),
    engineEndpoint: Type.Optional(Type.String()),
  },
  { $id: 'Settings' },
);
export type Settings = Static<typeof Settings>;

export const PatchSettingsRequest = Type.Object({
  theme: Type.Optional(Type.Enum(['system', 'light', 'dark'])),
  density: Type.Optional(Type.Enum(['comfortable', 'compact'])),
  singleKeyShortcuts: Type.Optional(Type.Boolean()),
  keepRunningInTray: Type.Optional(Type.Boolean()),
  maxConcurrentCaptures: Type.Optional(Type.Integer({ minimum: 1, maximum: 16 })),
  prepareNetworks: Type.Optional(Type.Boolean()),
  preparedNetworks: Type.Optional(Type.Integer({ minimum: 1, maximum: 8 })),
  preparedIdleMinutes: Type.Optional(Type.Integer({ minimum: 1, maximum: 1440 })),
  lookForSecrets: Type.Optional(Type.Boolean()),
  hostVolumeRoots: Type.Optional(Type.Array(Type.String())),
  engineEndpoint: Type.Optional(Type.Union([Type.String(), Type.Null()])),
});
export type PatchSettingsRequest = Static<typeof PatchSettingsRequest>;

export const EngineStatus = Type.Object(
  {
    state: Type.Enum(['looking', 'connected', 'unavailable']),
    /** Present when connected. */
    name: Type.Optional(Type.String()),
    version: Type.Optional(Type.String()),
    apiVersion: Type.Optional(Type.String()),
    endpoint: Type.Optional(Type.String()),
    source: Type.Optional(Type.String()),
    /** Why not, when unavailable. */
    reason: Type.Optional(Type.String()),
    candidates: Type.Array(
      Type.Object({
        source: Type.String(),
        name: Type.String(),
        endpoint: Type.String(),
        outcome: Type.Enum(['chosen', 'passed-over', 'not-tried']),
        reason: Type.Optional(Type.String()),
      }),
    ),
    help: Type.Optional(
      Type.Object({
        kind: Type.Enum([
          'not-installed',
          'not-running',
          'no-permission',
          'too-old',
          'hanging',
          'unreachable',
        ]),
        title: Type.String(),
        commands: Type.Array(Type.String()),
      }),
    ),
  },
  { $id: 'EngineStatus' },
);
export type EngineStatus = Static<typeof EngineStatus>;

export const StoreStatus = Type.Object({
  state: Type.Enum(['ok', 'recovered']),
  recovery: Type.Optional(
    Type.Object({
      at: Timestamp,
      kind: Type.Enum(['damaged', 'missing']),
      message: Type.String(),
      setAside: Type.Array(Type.String()),
      unreadable: Type.Array(Type.String()),
      recordsKept: Type.Integer(),
      /** Rebuilt from Docker labels. */
      sandboxesRebuilt: Type.Integer(),
      snapshotsRebuilt: Type.Integer(),
      /** What labels cannot tell, one sentence each. */
      notRecovered: Type.Array(Type.String()),
    }),
  ),
});

export const DesktopStatus = Type.Object(
  {
    version: Type.String(),
    startedAt: Timestamp,
    /** `http://localhost:8080` */
    address: Type.String(),
    /** The window works in process even while the port is taken; this says so. */
    listener: Type.Object({
      state: Type.Enum(['starting', 'listening', 'failed']),
      port: Type.Integer(),
      /** Who holds the port and what to do, when `failed`. */
      message: Type.Optional(Type.String()),
    }),
    dataDir: Type.String(),
    /** Where the API key lies, for `cat`; the key itself is never served. */
    apiKeyFile: Type.Optional(Type.String()),
    engine: EngineStatus,
    store: StoreStatus,
    counts: Type.Object({
      sandboxes: Type.Integer(),
      snapshots: Type.Integer(),
      runningTasks: Type.Integer(),
      runningCaptures: Type.Integer(),
      queuedCaptures: Type.Integer(),
    }),
    disk: Type.Object({ freeBytes: Type.Integer(), totalBytes: Type.Integer() }),
  },
  { $id: 'DesktopStatus' },
);
export type DesktopStatus = Static<typeof DesktopStatus>;

/**
 * One server-sent event of `GET /v1/desktop/events`: `id:` is a counter, `event:` is `type`, `data:` is this as
 * JSON. `value: null` means gone. After `reset` (the stream cannot be resumed from Last-Event-ID) read all lists again.
 */
export type DesktopEvent =
  | { type: 'sandbox'; id: string; value: DesktopSandbox | null }
  | { type: 'snapshot'; id: string; value: DesktopSnapshot | null }
  | { type: 'task'; id: string; value: Task | null }
  | { type: 'activity'; id: string; value: Activity | null }
  | { type: 'engine'; id: 'engine'; value: EngineStatus }
  | { type: 'images'; id: 'images'; value: null }
  | { type: 'settings'; id: 'settings'; value: Settings }
  | { type: 'reset'; id: 'reset'; value: null };

export const LogLine = Type.Object({
  stream: Type.Enum(['stdout', 'stderr']),
  at: Type.Optional(Timestamp),
  text: Type.String(),
});
/** One line of `GET /v1/desktop/sandboxes/{id}/logs`: newline-delimited JSON. */
export type LogLine = Static<typeof LogLine>;

export const LogQuery = Type.Object({
  tail: Type.Optional(Type.Integer({ minimum: 1, maximum: 10000, default: 1000 })),
  follow: Type.Optional(Type.Boolean({ default: false })),
});
