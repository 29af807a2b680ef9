import { expect, it } from 'vitest';
import { pushProposal } from '../../../src-renderer/model/registry-reference';

it.each([
  ['', 'anything', ''],
  ['host:5000/team/app:v1', 'Before: the change', 'host:5000/team/app:Before-the-change'],
  ['host:5000/team/app', '…', 'host:5000/team/app:latest'],
  [`host/app@sha256:${'a'.repeat(64)}`, 'näme', 'host/app:na-me'],
])('a snapshot is proposed to go where the last one went, under its own name: %s', (last, name, proposal) => {
  expect(pushProposal(last, name)).toBe(proposal);
});
