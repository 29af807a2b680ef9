import { join } from 'node:path';
import { pino, type Logger } from 'pino';
import { ActivityLog } from '../activity/activity-log';
import { Changes } from '../activity/changes';
import { DiskService } from '../disk/disk-service';
import { EngineMonitor } from '../engine/engine-monitor';
import { CommandService } from '../exec/command-service';
import { ExecOpening } from '../exec/exec-opening';
import { FileService } from '../exec/files/file-service';
import { SpoolFolder } from '../exec/files/spool';
import { SandboxMetrics } from '../exec/metrics/sandbox-metrics';
import { PortConnector } from '../exec/port-connector';
import { PtySessions } from '../exec/pty';
import { execModeOf, SandboxCommands } from '../exec/sandbox-commands';
import { SessionService } from '../exec/session-service';
import { Access } from '../http/access';
import { buildApp } from '../http/app';
import { KeptConnections } from '../http/proxy/kept-connections';
import { SandboxTokens } from '../http/proxy/sandbox-tokens';
import type { Services } from '../http/services';
import { SIGN_IN_PATH } from '../http/sign-in';
import { TerminalTickets } from '../http/terminal-tickets';
import { ImageService } from '../images/image-service';
import { nowIso } from '../ids';
import { EndingSnapshots } from '../rules/ending-snapshots';
import { RuleService } from '../rules/rule-service';
import { AccessRenewal } from '../sandboxes/access-renewal';
import { EgressPolicy } from '../sandboxes/egress-policy';
import { machineRests } from '../sandboxes/machine-rest';
import { PreparedNetworks, preparingOf } from '../sandboxes/prepared-networks';
import { SandboxRegistry } from '../sandboxes/sandbox-registry';
import { SandboxService, type SnapshotSource } from '../sandboxes/sandbox-service';
import { SettingsService } from '../settings/settings-service';
import { FilesystemCompare } from '../snapshots/diff/filesystem-compare';
import { ForkService } from '../snapshots/fork-service';
import { RecipeService } from '../snapshots/recipe-service';
import { RegistryTransfer } from '../snapshots/registry-transfer';
import { RollbackService } from '../snapshots/rollback-service';
import { Ghosts } from '../snapshots/ghosts';
import { LineageService } from '../snapshots/lineage-service';
import { SnapshotService } from '../snapshots/snapshot-service';
import { LeavingOut } from '../snapshots/secrets/leaving-out';
import { SecretScanService } from '../snapshots/secrets/secret-scan-service';
import { SnapshotTransfer } from '../snapshots/snapshot-transfer';
import { VerificationService } from '../snapshots/verify/verification-service';
import { openStateStore, type OpenStateStore } from '../store/open-state-store';
import { OrderedCollection } from '../store/ordered-collection';
import { TaskService } from '../tasks/task-service';
import { loadApiKey, rotateApiKey } from './api-key';
import type { Backend } from './backend-types';
import type { BackendConfig } from './config';
import { CatchingUp } from './catching-up';
import { Listening } from './listening';
import { Reconciler } from './reconciler';
import { loadSecretFile } from './secret-file';
import { VERSION } from './version';

/** What the tokens of endpoints are derived from; a new one would make every endpoint handed out before invalid. */
const ENDPOINT_SECRET_FILE = 'endpoint-secret';

/**
 * Composes the product: store, engine, services, HTTP, in this order. It does not wait for an engine and does not
 * listen yet.
 * @throws AppError `STORE::LOCKED` when another process holds the data folder
 */
export async function createBackend(config: BackendConfig): Promise<Backend> {
  const logger = pino({ level: config.logLevel, redact: ['req.headers'] }, pino.destination(2));
  let noteRefusal: () => void = () => undefined;
  const store = await openStateStore({
    dataDir: config.dataDir,
    onCompactionError: (error) => logger.error({ error }, 'the store could not be compacted'),
    onWriteFailed: () => noteRefusal(),
  });
  try {
    return await compose(config, store, logger, (told) => (noteRefusal = told));
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function compose(
  config: BackendConfig,
  store: OpenStateStore,
  logger: Logger,
  onRefusal: (told: () => void) => void,
): Promise<Backend> {
  const apiKey = await loadApiKey(config.dataDir, config.apiKey);
  const access = new Access(apiKey.key);
  const tokens = new SandboxTokens(await loadSecretFile(join(config.dataDir, ENDPOINT_SECRET_FILE)));
  const changes = new Changes();
  const activity = new ActivityLog(store.collection('activity'), changes, logger);
  const settings = new SettingsService(store.collection('settings'), changes, config.hostVolumeRoots);
  const tasks = new TaskService(store.collection('tasks'), activity, changes, logger);
  await tasks.settleInterrupted();
  const sandboxRecords = new OrderedCollection(store.collection('sandboxes'));
  const snapshotRecords = new OrderedCollection(store.collection('snapshots'));
  const ghosts = new Ghosts(store.collection('ghosts'), snapshotRecords, sandboxRecords);
  const ruleRecords = store.collection('rules');
  const registry = new SandboxRegistry(sandboxRecords, changes, async (record) => {
    const forgetting = ruleRecords.get(record.id) === undefined ? undefined : ruleRecords.delete(record.id);
    await Promise.all([ghosts.noteSandbox(record), forgetting]);
  });
  const { instanceId } = store;
  const lastEngine = store.collection('engines');
  const engines: EngineMonitor = new EngineMonitor({
    environment: config.environment,
    pickedEndpoint: () => settings.get().engineEndpoint,
    lastEngineId: lastEngine.get('last')?.engineId,
    reconcile: (engine) => reconciler.reconcile(engine),
    silenceTimes: config.silenceTimes,
    logger,
  });
  const snapshots = new SnapshotService({
    engines,
    records: snapshotRecords,
    ghosts,
    sandboxes: registry,
    activity,
    changes,
    instanceId,
    maxConcurrentCaptures: () => settings.get().maxConcurrentCaptures,
    afterCapture: (id, witness) => verification.captured(id, witness),
    logger,
  });
  const networks = new PreparedNetworks({
    engines,
    changes,
    instanceId,
    mode: preparingOf(config.environment),
    settings: () => settings.get(),
    isInDemand: () => registry.provisioning.size > 0 || snapshots.queue.runningCount > 0,
    machineRests: () => machineRests(config.dataDir),
    logger,
  });
  const ruled = { registry, snapshots, records: snapshotRecords, rules: ruleRecords, activity };
  const sandboxes = new SandboxService({
    engines,
    registry,
    snapshots: snapshots satisfies SnapshotSource,
    lastSnapshots: new EndingSnapshots(ruled),
    networks,
    activity,
    instanceId,
    hostVolumeRoots: () => settings.hostVolumeRoots(),
    logger,
  });
  const compare = new FilesystemCompare({
    engines,
    snapshots: snapshotRecords,
    sandboxes: registry,
    changes,
    instanceId,
    dataDir: config.dataDir,
    logger,
  });
  const verification: VerificationService = new VerificationService({
    engines,
    snapshots,
    records: snapshotRecords,
    library: compare.library,
    tasks,
    changes,
    dataDir: config.dataDir,
    logger,
  });
  const disk = new DiskService({
    engines,
    registry,
    snapshots,
    records: snapshotRecords,
    readers: compare,
    instanceId,
  });
  const rules = new RuleService({ ...ruled, engines, compare, disk, tasks, changes, logger });
  const rollbacks = new RollbackService({
    engines,
    registry,
    snapshots,
    tasks,
    activity,
    instanceId,
    hostVolumeRoots: () => settings.hostVolumeRoots(),
    takesSafetySnapshot: (sandboxId) => rules.takesSafetySnapshot(sandboxId),
    logger,
  });
  const reconciler = new Reconciler({
    engines,
    registry,
    sandboxes,
    snapshots,
    rules,
    tasks,
    snapshotRecords,
    ghosts,
    activity,
    changes,
    store,
    lastEngine,
    logger,
  });
  const catchingUp = new CatchingUp(() => reconciler.catchUp(), logger);
  onRefusal(() => catchingUp.note());
  changes.on('spoken', () => catchingUp.note());
  const listening = new Listening(config.port);
  const opening = new ExecOpening(registry, engines, changes);
  const commandRunner = new SandboxCommands(opening, execModeOf(config.environment));
  const ports = new PortConnector(opening, engines);
  const terminals = new PtySessions({ opening, runner: commandRunner, registry, changes });
  const { library, sources } = compare;
  const leavingOut = new LeavingOut(library, new SpoolFolder(join(config.dataDir, 'left-out')));
  const transfer = new SnapshotTransfer({
    engines,
    snapshots,
    records: snapshotRecords,
    tasks,
    leavingOut,
    instanceId,
  });
  const secrets = new SecretScanService({ library, sources, tasks, dataDir: config.dataDir });
  const lineage = new LineageService(snapshotRecords, registry, ghosts);
  const terminalTickets = new TerminalTickets();
  const services: Services = {
    engines,
    registry,
    sandboxes,
    snapshots,
    rollbacks,
    forks: new ForkService({ engines, registry, sandboxes, snapshots, tasks }),
    snapshotRecords,
    counts: {
      snapshotsOfSandbox: snapshotRecords.countBy(({ sandboxId }) => sandboxId),
      snapshotsOfSnapshot: snapshotRecords.countBy(({ parentSnapshotId }) => parentSnapshotId),
      sandboxesOfSnapshot: sandboxRecords.countBy(({ source }) =>
        source.kind === 'snapshot' ? source.snapshotId : undefined,
      ),
    },
    verification,
    transfer,
    registries: new RegistryTransfer({
      engines,
      snapshots,
      transfer,
      tasks,
      leavingOut,
      instanceId,
      environment: config.environment,
      logger,
    }),
    secrets,
    leavingOut,
    disk,
    rules,
    lineage,
    recipes: new RecipeService({ engines, snapshots, lineage, compare }),
    commandRunner,
    commands: new CommandService({
      runner: commandRunner,
      registry,
      changes,
      logFolder: join(config.dataDir, 'command-logs'),
    }),
    sessions: new SessionService(commandRunner, { registry, changes }),
    files: new FileService({
      opening,
      runner: commandRunner,
      registry,
      changes,
      spool: new SpoolFolder(join(config.dataDir, 'spool')),
    }),
    metrics: new SandboxMetrics(opening, { registry, changes }),
    images: new ImageService(engines, tasks, changes),
    tasks,
    activity,
    settings,
    changes,
    access,
    tokens,
    ports,
    connections: new KeptConnections(ports, changes, registry),
    renewal: new AccessRenewal(registry, logger),
    egress: new EgressPolicy(registry, engines),
    terminals,
    compare,
    terminalTickets,
    rendererDir: config.rendererDir,
    dataDir: config.dataDir,
    apiKeyFile: apiKey.file,
    async rotateApiKey() {
      access.replaceKey(await rotateApiKey(apiKey));
      terminalTickets.revoke();
    },
    startedAt: nowIso(),
    version: VERSION,
    storeStatus: () => reconciler.storeStatus(),
    listener: () => listening.status,
  };
  const http = await buildApp(services, logger);
  await http.ready();
  engines.start();

  const backend: Backend = {
    http,
    get address() {
      return `http://localhost:${listening.status.port}`;
    },
    get apiKey() {
      return access.apiKey;
    },
    dataDir: config.dataDir,
    async listen(port = config.port) {
      await listening.open(http, port);
      store.setLockInfo({ address: backend.address });
    },
    createSignInLink(path) {
      const to = path === undefined ? '' : `&to=${encodeURIComponent(path)}`;
      return `${backend.address}${SIGN_IN_PATH}?token=${access.newLinkToken()}${to}`;
    },
    pendingCaptures: () => snapshots.queue.runningCount + snapshots.queue.waitingCount,
    drainCaptures: () => snapshots.queue.idle(),
    async close() {
      catchingUp.stop();
      snapshots.queue.close();
      await snapshots.ownImages.stop();
      await rollbacks.stop();
      sandboxes.stop();
      await networks.close();
      rules.stop();
      tasks.stop();
      await terminals.close();
      commandRunner.close();
      await listening.close(http);
      const verified = verification.stop();
      await compare.close();
      await verified;
      await engines.stop();
      await store.close();
    },
  };
  return backend;
}
