import { useMemo } from 'react';
import type { SnippetContext } from '../model/snippets';
import { useConnection } from '../state/connection';

/** Address and key file for the snippets, as the server tells them. */
export function useSnippetContext(): SnippetContext {
  const address = useConnection((state) => state.status?.address ?? 'http://localhost:8080');
  const apiKeyFile = useConnection((state) => state.status?.apiKeyFile);
  return useMemo(() => ({ address, apiKeyFile }), [address, apiKeyFile]);
}
