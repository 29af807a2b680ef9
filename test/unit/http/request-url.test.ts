import { expect, it } from 'vitest';
import { canonicalUrl, splitProxiedUrl } from '../../../src-main/http/request-url';

it.each([
  ['/v1/sandboxes', '/v1/sandboxes'],
  ['/sandboxes', '/v1/sandboxes'],
  ['//v1/sandboxes', '/v1/sandboxes'],
  ['/v1//sandboxes//', '/v1/sandboxes'],
  ['/sandboxes/a/', '/v1/sandboxes/a'],
  ['/sandboxes?metadata=a//b/', '/v1/sandboxes?metadata=a//b/'],
  ['//snapshots/?page=1', '/v1/snapshots?page=1'],
  ['/openapi.json', '/v1/openapi.json'],
  ['/docs/', '/v1/docs'],
  ['/pools', '/v1/pools'],
  ['/desktop/status', '/v1/desktop/status'],
  ['/health', '/health'],
  ['/', '/'],
  ['/app/', '/app/'],
  ['/app/sandboxes/', '/app/sandboxes/'],
  ['/sandboxesque', '/sandboxesque'],
])('%s becomes %s', (url, expected) => {
  expect(canonicalUrl(url)).toBe(expected);
});

it.each([
  ['/v1/sandboxes/a/proxy/8000/x//y/?q=//', '/x//y/?q=//'],
  ['/sandboxes/a/proxy/8000/x/', '/x/'],
  ['//v1//sandboxes/a/proxy/8000//x', '//x'],
  ['/sandboxes/a/proxy/8000', '/'],
  ['/sandboxes/a/proxy/8000?q=1', '/?q=1'],
])('leaves what belongs to the service behind a port in %s', (url, target) => {
  expect(splitProxiedUrl(url)).toEqual({ sandboxId: 'a', port: 8000, target });
});

it.each([
  '/v1/sandboxes/a/proxy/80a',
  '/v1/sandboxes/a/endpoints/80',
  '/v1/sandboxes/a/proxy',
  '/x/sandboxes/a/proxy/80',
])('sees no port inside a sandbox in %s', (url) => {
  expect(splitProxiedUrl(url)).toBeUndefined();
});
