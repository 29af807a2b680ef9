import { AppError } from '../errors';
import type { Volume } from '../http/schemas/sandboxes';

const DNS_LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const MAX_NAME_LENGTH = 63;
const MAX_CLAIM_LENGTH = 253;

/** A volume after the checks that need neither disk nor engine. */
export interface VolumePlan {
  name: string;
  backend:
    | { kind: 'host'; path: string }
    | { kind: 'named'; claimName: string; createIfMissing: boolean; deleteWithSandbox: boolean };
  mountPath: string;
  readOnly: boolean;
  subPath?: string;
}

/**
 * Checks volumes against CONTRACT.md 2.8.
 * @throws AppError 400 with the `VOLUME::…` code of the first fault.
 */
export function checkVolumes(volumes: readonly Volume[]): VolumePlan[] {
  const names = new Set<string>();
  const places = new Set<string>();
  return volumes.map((volume) => {
    checkName(volume.name, names);
    const backend = readBackend(volume);
    checkMountPath(volume.mountPath, places);
    const subPath = readSubPath(volume.subPath ?? '');
    return {
      name: volume.name,
      backend,
      mountPath: volume.mountPath,
      readOnly: volume.readOnly ?? false,
      ...(subPath === undefined ? {} : { subPath }),
    };
  });
}

/** Whether something may be mounted there: an absolute path that does not lead up, and not the root. */
export function isMountPath(path: string): boolean {
  return path.startsWith('/') && !path.split('/').includes('..') && placeOf(path) !== '/';
}

/** A mount path without doubled and trailing slashes. */
export function placeOf(mountPath: string): string {
  return mountPath.replace(/\/+/g, '/').replace(/(?<=.)\/$/, '');
}

function checkName(name: string, seen: Set<string>): void {
  if (name.length > MAX_NAME_LENGTH || !DNS_LABEL.test(name)) {
    throw fault(
      'INVALID_NAME',
      `The volume name "${name}" must be a DNS label: lower-case letters, digits and "-", at most 63.`,
    );
  }
  if (seen.has(name))
    throw fault('DUPLICATE_NAME', `Two volumes are named "${name}". Give each its own name.`);
  seen.add(name);
}

function checkMountPath(path: string, taken: Set<string>): void {
  const place = placeOf(path);
  if (!isMountPath(path)) {
    throw fault(
      'INVALID_MOUNT_PATH',
      `mountPath "${path}" must be absolute, without "..", and not the root.`,
    );
  }
  if (taken.has(place)) {
    throw fault('INVALID_MOUNT_PATH', `Two volumes are mounted at "${place}". Give each its own mountPath.`);
  }
  taken.add(place);
}

function readBackend(volume: Volume): VolumePlan['backend'] {
  const { host, pvc, ossfs } = volume;
  const given = [host, pvc, ossfs].filter((backend) => backend !== undefined && backend !== null);
  if (given.length !== 1) {
    throw fault('INVALID_BACKEND', `The volume "${volume.name}" needs exactly one of host, pvc and ossfs.`);
  }
  if (host !== undefined && host !== null) return { kind: 'host', path: checkHostPath(host.path) };
  if (pvc === undefined || pvc === null) {
    throw fault(
      'UNSUPPORTED_BACKEND',
      'ossfs needs a server with an object store mount. Use host or pvc here.',
    );
  }
  if (pvc.claimName.length > MAX_CLAIM_LENGTH || !DNS_LABEL.test(pvc.claimName)) {
    throw fault(
      'INVALID_PVC_NAME',
      `The volume claim "${pvc.claimName}" must be a DNS label of at most 253 characters.`,
    );
  }
  return {
    kind: 'named',
    claimName: pvc.claimName,
    createIfMissing: pvc.createIfNotExists ?? true,
    deleteWithSandbox: pvc.deleteOnSandboxTermination ?? false,
  };
}

function checkHostPath(path: string): string {
  const absolute = path.startsWith('/') || /^[A-Za-z]:[\\/]/.test(path);
  const parts = path.split(/[\\/]/);
  const hasTrailingSlash = path.length > 1 && /[\\/]$/.test(path);
  if (!absolute || parts.includes('..') || /\/\//.test(path) || hasTrailingSlash) {
    throw fault(
      'INVALID_HOST_PATH',
      `The host path "${path}" must be absolute, without "..", "//" or a slash at its end.`,
    );
  }
  return path;
}

function readSubPath(subPath: string): string | undefined {
  if (subPath === '') return undefined;
  if (subPath.startsWith('/') || /^[A-Za-z]:/.test(subPath) || subPath.split(/[\\/]/).includes('..')) {
    throw fault('INVALID_SUB_PATH', `subPath "${subPath}" must be relative and without "..".`);
  }
  return subPath;
}

function fault(code: string, message: string): AppError {
  return new AppError(400, `VOLUME::${code}`, message);
}
