import type { ActivityLog } from '../activity/activity-log';
import type { Changes } from '../activity/changes';
import type { EngineMonitor } from '../engine/engine-monitor';
import type { CommandService } from '../exec/command-service';
import type { CommandRunner } from '../exec/exec-types';
import type { FileService } from '../exec/files/file-service';
import type { SandboxMetrics } from '../exec/metrics/sandbox-metrics';
import type { SessionService } from '../exec/session-service';
import type { PortConnector } from '../exec/port-connector';
import type { PtySessions } from '../exec/pty';
import type { DiskService } from '../disk/disk-service';
import type { ImageService } from '../images/image-service';
import type { RuleService } from '../rules/rule-service';
import type { AccessRenewal } from '../sandboxes/access-renewal';
import type { EgressPolicy } from '../sandboxes/egress-policy';
import type { SandboxRegistry } from '../sandboxes/sandbox-registry';
import type { SandboxService } from '../sandboxes/sandbox-service';
import type { SettingsService } from '../settings/settings-service';
import type { FilesystemCompare } from '../snapshots/diff/filesystem-compare';
import type { ForkService } from '../snapshots/fork-service';
import type { RollbackService } from '../snapshots/rollback-service';
import type { LineageService } from '../snapshots/lineage-service';
import type { RecipeService } from '../snapshots/recipe-service';
import type { RegistryTransfer } from '../snapshots/registry-transfer';
import type { SnapshotService } from '../snapshots/snapshot-service';
import type { LeavingOut } from '../snapshots/secrets/leaving-out';
import type { SecretScanService } from '../snapshots/secrets/secret-scan-service';
import type { SnapshotTransfer } from '../snapshots/snapshot-transfer';
import type { VerificationService } from '../snapshots/verify/verification-service';
import type { Counts } from '../store/record-counts';
import type { SnapshotRecord } from '../store/records';
import type { OrderedCollection } from '../store/ordered-collection';
import type { TaskService } from '../tasks/task-service';
import type { Static } from 'typebox';
import type { StoreStatus, DesktopStatus } from './schemas/desktop';
import type { Access } from './access';
import type { KeptConnections } from './proxy/kept-connections';
import type { SandboxTokens } from './proxy/sandbox-tokens';
import type { TerminalTickets } from './terminal-tickets';

/** What the composition root hands to the HTTP layer. */
export interface Services {
  engines: EngineMonitor;
  registry: SandboxRegistry;
  sandboxes: SandboxService;
  snapshots: SnapshotService;
  rollbacks: RollbackService;
  forks: ForkService;
  snapshotRecords: OrderedCollection<SnapshotRecord>;
  /** How many of something belong to each sandbox or snapshot. */
  counts: {
    snapshotsOfSandbox: Counts;
    snapshotsOfSnapshot: Counts;
    sandboxesOfSnapshot: Counts;
  };
  transfer: SnapshotTransfer;
  /** Whether snapshots hold what their sandboxes had changed. */
  verification: VerificationService;
  /** Snapshots in OCI registries. */
  registries: RegistryTransfer;
  /** Secrets in what an export or a push would hand on. */
  secrets: SecretScanService;
  /** Paths that stay here when a snapshot is handed on. */
  leavingOut: LeavingOut;
  disk: DiskService;
  lineage: LineageService;
  rules: RuleService;
  /** Lineages as Dockerfile drafts. */
  recipes: RecipeService;
  /** Runs commands and small helper scripts inside sandboxes. */
  commandRunner: CommandRunner;
  commands: CommandService;
  sessions: SessionService;
  /** Files inside sandboxes. */
  files: FileService;
  metrics: SandboxMetrics;
  images: ImageService;
  tasks: TaskService;
  activity: ActivityLog;
  settings: SettingsService;
  changes: Changes;
  access: Access;
  /** Open one sandbox's endpoints each. */
  tokens: SandboxTokens;
  /** Connections to ports inside sandboxes. */
  ports: PortConnector;
  connections: KeptConnections;
  renewal: AccessRenewal;
  egress: EgressPolicy;
  terminals: PtySessions;
  /** Files of snapshots and sandboxes, and what differs between them. */
  compare: FilesystemCompare;
  terminalTickets: TerminalTickets;
  /** Folder of the built renderer. */
  rendererDir: string;
  dataDir: string;
  /** Absent when the key came from the environment. */
  apiKeyFile: string | undefined;
  /** Makes a new key, on disk and in force when this resolves. */
  rotateApiKey: () => Promise<void>;
  startedAt: string;
  version: string;
  storeStatus: () => Static<typeof StoreStatus>;
  listener: () => DesktopStatus['listener'];
}
