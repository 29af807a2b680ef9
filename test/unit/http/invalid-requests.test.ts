import { Ajv } from 'ajv';
import { expect, it } from 'vitest';
import { describeInvalid } from '../../../src-main/http/invalid-requests';
import { CreateSandboxRequest } from '../../../src-main/http/schemas/sandboxes';
import { CreateSnapshotRequest } from '../../../src-main/http/schemas/snapshots';

function faultsOf(schema: object, value: unknown): string {
  const validate = new Ajv({ strict: false }).compile(schema);
  expect(validate(value)).toBe(false);
  // What the HTTP framework hands on is ajv's own list.
  return describeInvalid((validate.errors ?? []) as Parameters<typeof describeInvalid>[0], 'body');
}

it('names the one fault of a field that may also be null', () => {
  expect(faultsOf(CreateSandboxRequest, { timeout: 5 })).toBe('body/timeout must be >= 60');
  expect(faultsOf(CreateSandboxRequest, { timeout: '60' })).toBe('body/timeout must be integer');
  expect(faultsOf(CreateSnapshotRequest, { name: '' })).toBe(
    'body/name must NOT have fewer than 1 characters',
  );
});

it('names a wrong type of the whole', () => {
  expect(faultsOf(CreateSandboxRequest, [])).toBe('body must be object');
});
