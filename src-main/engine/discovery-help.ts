import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { DiscoveryPlace } from './discovery-candidates';
import type { PingFailureKind } from './discovery-ping';
import type { EngineHelp, EngineSource } from './discovery-types';

const TITLES: Readonly<Record<EngineHelp['kind'], string>> = {
  'not-installed': 'No container engine is installed',
  'not-running': 'The container engine is not running',
  'no-permission': 'You may not use the container engine yet',
  'too-old': 'The container engine is too old',
  hanging: 'The container engine hangs: it takes connections and answers none',
  unreachable: 'The engine that you chose cannot be reached',
};

const MAC_APPS: readonly (readonly [string, string])[] = [
  ['Applications/Docker.app', 'open -a Docker'],
  ['Applications/OrbStack.app', 'open -a OrbStack'],
  ['Applications/Rancher Desktop.app', 'open -a "Rancher Desktop"'],
];

const NAMED_SOURCES: ReadonlySet<EngineSource> = new Set(['setting', 'DOCKER_HOST', 'DOCKER_CONTEXT']);

/** How one candidate failed. */
export interface CandidateFailure {
  source: EngineSource;
  kind: PingFailureKind;
}

/** The one next step when no engine answered, with exact commands for this platform. */
export function engineHelp(place: DiscoveryPlace, failures: readonly CandidateFailure[]): EngineHelp {
  const start = startCommands(place);
  const kind = helpKind(failures, start.length > 0);
  return { kind, title: TITLES[kind], commands: commandsFor(kind, place, start) };
}

/** The user named it, so failing there is about that choice and not about what is installed. */
export function isNamed(source: EngineSource): boolean {
  return NAMED_SOURCES.has(source);
}

/** The command that lets this user talk to the engine's socket. */
export function permissionCommands(source: EngineSource): string[] {
  if (source === 'podman') return ['systemctl --user enable --now podman.socket'];
  return ['sudo usermod -aG docker "$USER"', 'newgrp docker'];
}

function helpKind(failures: readonly CandidateFailure[], installed: boolean): EngineHelp['kind'] {
  const has = (kind: PingFailureKind): boolean => failures.some((failure) => failure.kind === kind);
  if (has('permission')) return 'no-permission';
  if (has('too-old')) return 'too-old';
  if (has('hanging')) return 'hanging';
  if (failures.some((failure) => isNamed(failure.source))) return 'unreachable';
  return installed || has('refused') || has('timeout') ? 'not-running' : 'not-installed';
}

function commandsFor(kind: EngineHelp['kind'], place: DiscoveryPlace, start: string[]): string[] {
  switch (kind) {
    case 'no-permission':
      return permissionCommands('default-socket');
    case 'too-old':
    case 'not-installed':
      return installCommands(place);
    case 'not-running':
      return start.length > 0 ? start : installCommands(place);
    case 'hanging':
      return place.platform === 'linux' && hasProgram(place, 'dockerd')
        ? [serviceCommand(place, 'restart')]
        : start;
    case 'unreachable':
      return unreachableCommands(place, start);
  }
}

function unreachableCommands(place: DiscoveryPlace, start: string[]): string[] {
  const forget =
    place.platform === 'win32'
      ? 'Remove-Item Env:DOCKER_HOST, Env:DOCKER_CONTEXT'
      : 'unset DOCKER_HOST DOCKER_CONTEXT';
  return [...(start.length > 0 ? start : installCommands(place)), forget];
}

function installCommands(place: DiscoveryPlace): string[] {
  if (place.platform === 'darwin') return ['brew install colima docker', 'colima start'];
  if (place.platform === 'win32') return ['winget install -e --id Docker.DockerDesktop'];
  const sudo = sudoFor(place);
  switch (distributionFamily(place.root)) {
    case 'debian':
      return [`${sudo}apt-get update`, `${sudo}apt-get install -y docker.io`, serviceCommand(place)];
    case 'fedora':
      return [`${sudo}dnf install -y moby-engine`, serviceCommand(place)];
    case 'arch':
      return [`${sudo}pacman -S --noconfirm docker`, serviceCommand(place)];
    case 'other':
      return [`curl -fsSL https://get.docker.com | ${sudo}sh`, serviceCommand(place)];
  }
}

/** How to start what is installed here; empty when nothing is. */
function startCommands(place: DiscoveryPlace): string[] {
  if (place.platform === 'darwin') return macStartCommands(place);
  if (place.platform === 'win32') return windowsStartCommands(place);
  if (hasProgram(place, 'dockerd')) return [serviceCommand(place)];
  if (existsSync(join(place.root, 'opt/docker-desktop'))) return ['systemctl --user start docker-desktop'];
  return hasProgram(place, 'podman') ? ['systemctl --user enable --now podman.socket'] : [];
}

function macStartCommands(place: DiscoveryPlace): string[] {
  const app = MAC_APPS.find(([path]) => existsSync(join(place.root, path)));
  if (app !== undefined) return [app[1]];
  if (hasProgram(place, 'colima')) return ['colima start'];
  return hasProgram(place, 'podman') ? ['podman machine start'] : [];
}

function windowsStartCommands(place: DiscoveryPlace): string[] {
  const programs = place.environment['ProgramFiles'] ?? 'C:\\Program Files';
  const desktop = `${programs}\\Docker\\Docker\\Docker Desktop.exe`;
  if (existsSync(desktop)) return [`Start-Process "${desktop}"`];
  if (hasProgram(place, 'rdctl.exe')) return ['rdctl start'];
  return hasProgram(place, 'podman.exe') ? ['podman machine start'] : [];
}

function serviceCommand(place: DiscoveryPlace, verb: 'start' | 'restart' = 'start'): string {
  const systemd = existsSync(join(place.root, 'run/systemd/system'));
  return `${sudoFor(place)}${systemd ? `systemctl ${verb} docker` : `service docker ${verb}`}`;
}

function sudoFor(place: DiscoveryPlace): string {
  return place.uid === 0 ? '' : 'sudo ';
}

function hasProgram(place: DiscoveryPlace, name: string): boolean {
  // /usr/sbin is not in an ordinary user's PATH on Debian, yet that is where dockerd lies.
  const system = ['usr/bin', 'usr/sbin', 'usr/local/bin'].map((folder) => join(place.root, folder));
  const listed = (place.environment['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const folders = place.root === '/' ? [...listed, ...system] : system;
  return folders.some((folder) => existsSync(join(folder, name)));
}

function distributionFamily(root: string): 'debian' | 'fedora' | 'arch' | 'other' {
  let release = '';
  try {
    release = readFileSync(join(root, 'etc/os-release'), 'utf8');
  } catch {
    return 'other';
  }
  const ids = release.match(/^ID(_LIKE)?=.*$/gm)?.join(' ') ?? '';
  if (/\b(debian|ubuntu)\b/.test(ids)) return 'debian';
  if (/\b(fedora|rhel|centos)\b/.test(ids)) return 'fedora';
  return /\barch\b/.test(ids) ? 'arch' : 'other';
}
