import { describe, expect, it } from 'vitest';
import { SandboxTokens } from '../../../src-main/http/proxy/sandbox-tokens';

describe('tokens of sandboxes', () => {
  it('are the same after a restart, other for every sandbox and every secret', () => {
    const tokens = new SandboxTokens('secret');
    const token = tokens.tokenOf('sbx_a');
    expect(new SandboxTokens('secret').tokenOf('sbx_a')).toBe(token);
    expect(tokens.tokenOf('sbx_b')).not.toBe(token);
    expect(new SandboxTokens('other').tokenOf('sbx_a')).not.toBe(token);
    expect(tokens.matches('sbx_a', token)).toBe(true);
    expect(tokens.matches('sbx_b', token)).toBe(false);
  });

  it('match nothing else', () => {
    const tokens = new SandboxTokens('secret');
    const token = tokens.tokenOf('sbx_a');
    for (const wrong of ['', 'x', token.slice(0, -2), `${token}AA`, token.toUpperCase()]) {
      expect(tokens.matches('sbx_a', wrong), wrong).toBe(false);
    }
  });

  it('do not remember ids without end', () => {
    const tokens = new SandboxTokens('secret');
    const token = tokens.tokenOf('sbx_a');
    for (let made = 0; made < 25_000; made += 1) tokens.matches(`sbx_${made}`, 'x');
    expect(tokens.matches('sbx_a', token)).toBe(true);
  });
});
