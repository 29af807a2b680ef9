import { describe, expect, it } from 'vitest';
import type { CreateSandboxRequest } from '../../../src-main/http/schemas/sandboxes';
import { planCreate } from '../../../src-main/sandboxes/create-plan';

function plan(changes: Partial<CreateSandboxRequest> = {}) {
  return planCreate({ image: { uri: 'busybox' }, entrypoint: ['true'], resourceLimits: {}, ...changes });
}

it('plans the least that a request can say', () => {
  expect(plan()).toEqual({
    source: { kind: 'image', uri: 'busybox' },
    entrypoint: ['true'],
    env: {},
    metadata: {},
    resourceLimits: {},
    limits: {},
    network: 'bridge',
    volumes: [],
    extensions: {},
  });
});

it('plans a restore with the default entrypoint, or the one of the request', () => {
  expect(plan({ image: null, snapshotId: ' snap_1 ', entrypoint: null })).toMatchObject({
    source: { kind: 'snapshot', snapshotId: 'snap_1' },
    entrypoint: ['tail', '-f', '/dev/null'],
  });
  expect(plan({ image: { uri: '' }, snapshotId: 'snap_1', entrypoint: ['sh'] }).entrypoint).toEqual(['sh']);
});

it('skips null variables and null extensions, and writes scalar extensions as text', () => {
  expect(plan({ env: { A: '', B: null } }).env).toEqual({ A: '' });
  expect(plan({ extensions: { a: 1, b: true, c: 'x', d: null, poolRef: '' } }).extensions).toEqual({
    a: '1',
    b: 'true',
    c: 'x',
    poolRef: '',
  });
});

it('takes registry credentials only whole', () => {
  expect(plan({ image: { uri: 'i', auth: { username: 'u', password: 'p' } } }).auth).toEqual({
    username: 'u',
    password: 'p',
  });
  expect(plan({ image: { uri: 'i', auth: { username: 'u', password: null } } })).not.toHaveProperty('auth');
});

describe('a network policy', () => {
  it.each<[Exclude<CreateSandboxRequest['networkPolicy'], undefined>, string]>([
    [null, 'bridge'],
    [{}, 'bridge'],
    [{ egress: [] }, 'bridge'],
    [{ defaultAction: 'allow' }, 'bridge'],
    [{ defaultAction: 'allow', egress: [{ action: 'allow', target: 'a.b' }] }, 'bridge'],
    [{ defaultAction: 'deny' }, 'none'],
    [{ defaultAction: 'deny', egress: [{ action: 'deny', target: 'a.b' }] }, 'none'],
    [{ egress: [{ action: 'deny', target: 'a.b' }] }, 'none'],
  ])('%j means %s', (networkPolicy, network) => {
    expect(plan({ networkPolicy }).network).toBe(network);
  });

  it.each<NonNullable<CreateSandboxRequest['networkPolicy']>>([
    { egress: [{ action: 'allow', target: 'a.b' }] },
    { defaultAction: 'allow', egress: [{ action: 'deny', target: 'a.b' }] },
  ])('%j is refused rather than claimed', (networkPolicy) => {
    expect(() => plan({ networkPolicy })).toThrow(
      expect.objectContaining({ status: 400, code: 'SANDBOX::INVALID_PARAMETER' }),
    );
  });
});

it.each(['300', '86400', 600])('takes %j seconds of renewal on access', (seconds) => {
  expect(() => plan({ extensions: { 'access.renew.extend.seconds': seconds } })).not.toThrow();
});

it.each(['299', '86401', '', '5m', '300.0', '-300', ' 300', 3e2 + 0.5])(
  'refuses %j seconds of renewal on access',
  (seconds) => {
    expect(() => plan({ extensions: { 'access.renew.extend.seconds': seconds } })).toThrow(
      expect.objectContaining({ code: 'SANDBOX::INVALID_PARAMETER' }),
    );
  },
);
