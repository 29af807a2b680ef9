import type { EngineEvent } from '../../engine/engine-types';
import { AppError } from '../../errors';
import type { ActivityRecord, SandboxRecord } from '../../store/records';
import type { Services } from '../services';

const NANOS_PER_MILLI = 1e6;
const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

interface Line {
  at: string;
  text: string;
}

/** The last lines that the sandbox's main process wrote, with their times; empty before there is a container. */
export async function containerLog(
  { engines }: Services,
  { containerId }: SandboxRecord,
  { tail, since }: { tail: number; since?: Date },
): Promise<string[]> {
  if (containerId === undefined) return [];
  const signal = new AbortController().signal;
  const options = { tail, follow: false, signal, ...(since === undefined ? {} : { since }) };
  const lines: string[] = [];
  for await (const { at, text } of engines.require().logs(containerId, options)) {
    lines.push(at === undefined ? text : `${at} ${text}`);
  }
  return lines;
}

/** What this server did with the sandbox and saw of it, oldest first. */
export function lifecycleLines({ activity, registry }: Services, record: SandboxRecord): string[] {
  const { state, reason, message, lastTransitionAt } = registry.status(record);
  return [
    ...activityOf(activity, record.id).map(({ at, text }) => `${at} ${text}`),
    `${lastTransitionAt} status ${state} ${reason}: ${message}`,
  ];
}

/** What the engine remembers of the container, oldest first. */
export async function runtimeLines(services: Services, record: SandboxRecord): Promise<string[]> {
  return (await runtimeEvents(services, record)).map(({ at, text }) => `${at} ${text}`);
}

/** Both kinds in one order of time, the newest `limit` of them. */
export async function allEvents(services: Services, record: SandboxRecord, limit: number): Promise<string[]> {
  const lines = [...activityOf(services.activity, record.id), ...(await runtimeEvents(services, record))];
  return lines
    .sort((a, b) => a.at.localeCompare(b.at))
    .slice(-limit)
    .map(({ at, text }) => `${at} ${text}`);
}

/** The engine's whole description of the container, secrets masked. */
export async function inspection(
  { engines, registry }: Services,
  { id, containerId }: SandboxRecord,
): Promise<string> {
  registry.requireSpokenOf(id);
  const found = containerId === undefined ? undefined : await engines.require().reports.inspect(containerId);
  return found === undefined ? '(no container)' : JSON.stringify(found, null, 2);
}

/** @throws AppError 400 for anything but `\d+[smhd]` */
export function readSince(text: string): Date {
  const match = /^(\d{1,9})([smhd])$/.exec(text);
  if (match === null) {
    throw new AppError(
      400,
      'SANDBOX::INVALID_PARAMETER',
      `since "${text}" is no length of time. Send for example 30s, 10m, 2h or 1d.`,
    );
  }
  const [, count, unit] = match;
  // The pattern leaves these four.
  return new Date(Date.now() - Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS]);
}

function activityOf(activity: Services['activity'], sandboxId: string): Line[] {
  return activity
    .newest(Number.MAX_SAFE_INTEGER)
    .filter((entry) => entry.sandboxId === sandboxId)
    .reverse()
    .map((entry: ActivityRecord) => ({
      at: entry.at,
      text: `${entry.kind} (${entry.cause}) ${entry.message}`,
    }));
}

async function runtimeEvents({ engines }: Services, record: SandboxRecord): Promise<Line[]> {
  if (record.containerId === undefined) return [];
  const events = await engines.require().reports.events(record.containerId, new Date(record.createdAt));
  return events.map((event) => ({
    at: new Date(event.timeNano / NANOS_PER_MILLI).toISOString(),
    text: `runtime ${event.type} ${event.action}${exitCode(event)}`,
  }));
}

function exitCode({ attributes }: EngineEvent): string {
  const code = attributes['exitCode'];
  return code === undefined ? '' : ` exit code ${code}`;
}
