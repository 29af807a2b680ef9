import { describe, expect, it } from 'vitest';
import type { SecretsReport } from '../../../src-main/http/schemas/secrets';
import {
  placesWithSecrets,
  scanExtent,
  secretName,
  secretsThatGoAlong,
} from '../../../src-renderer/model/found-secrets';

const secret = { rule: 'x', line: 3, preview: '••••••••', place: 'file' as const, isVisible: true, layer: 2 };
const inText = { rule: 'github', kind: 'GITHUB_TOKEN', line: 1, preview: '' };
const REPORT: SecretsReport = {
  snapshotId: 'snap_x',
  findings: [
    { ...inText, place: 'notes', name: 'notes of the snapshot' },
    { ...inText, place: 'label', name: 'token', leaveOut: 'label:token' },
    { ...inText, place: 'environment', name: 'KEY', leaveOut: 'env:KEY' },
    { ...inText, place: 'environment', name: 'KEY', leaveOut: 'env:KEY', kind: 'PrivateKey' },
    { ...secret, path: '/a', leaveOut: '/a', kind: 'PrivateKey' },
    { ...secret, path: '/a', leaveOut: '/a', kind: 'PrivateKey', layer: 1, isVisible: false },
    { ...secret, path: '/a', leaveOut: '/a', kind: 'NPM_ACCESS_TOKEN', line: 9 },
    { ...secret, path: '/b*', leaveOut: '/b\\*', kind: 'BasicAuth', isVisible: false },
  ],
  omitted: 4,
  scannedFiles: 1,
  scannedBytes: 10,
  skipped: { large: 2, binary: 1, unread: 0 },
  maxFileBytes: 2 ** 20,
  layers: 3,
  baseLayers: 1,
};

describe('what was found', () => {
  it.each([
    ['GITHUB_TOKEN', 'GitHub token'],
    ['AWSSecretAccessKey', 'AWS secret access key'],
    ['PrivateKey', 'Private key'],
    ['NPM_ACCESS_TOKEN', 'npm access token'],
    ['Npmrc_authToken', 'npm auth token'],
    ['MySQLConnection', 'MySQL connection'],
    ['PackageJSON_xOauthToken', 'Package JSON x oauth token'],
    ['ANTHROPIC_API_KEY', 'Anthropic API key'],
  ])('calls %s “%s”', (kind, name) => {
    expect(secretName(kind)).toBe(name);
  });

  it('is told of each place once, of a file as hidden only if no layer shows it', () => {
    expect(placesWithSecrets(REPORT)).toEqual([
      {
        name: '/a',
        leaveOut: '/a',
        found: 'Private key in line 3, npm access token in line 9',
        isHidden: false,
      },
      { name: '/b*', leaveOut: '/b\\*', found: 'Basic auth in line 3', isHidden: true },
      { name: 'Label token', leaveOut: 'label:token', found: 'GitHub token', isHidden: false },
      {
        name: 'Environment variable KEY',
        leaveOut: 'env:KEY',
        found: 'GitHub token, Private key',
        isHidden: false,
      },
    ]);
    expect(secretsThatGoAlong(REPORT)).toEqual(['The notes of the snapshot: GitHub token']);
  });

  it('comes with what was not looked into', () => {
    expect(scanExtent(REPORT)).toBe(
      '1 file looked through. Not looked into: 2 over 1 MiB, 1 without text. 4 more findings are not listed.',
    );
  });
});
