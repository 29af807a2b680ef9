import { KeyRound, RefreshCw } from 'lucide-react';
import { useState } from 'react';
import { errorMessage } from '../../api/api-error';
import { Button } from '../../components/Button';
import { Card } from '../../components/Card';
import { CopyButton } from '../../components/CopyButton';
import { Facts } from '../../components/Facts';
import { useSnippetContext } from '../../components/use-snippet-context';
import { keyExport } from '../../model/snippets';
import { announce } from '../../state/announcements';
import { openDialog } from '../../state/dialogs';
import { useConnection } from '../../state/connection';
import { showToast } from '../../state/toasts';
import styles from './SettingsScreen.module.css';

/** Where the API is and how a program gets the key; the key itself never comes into the page. */
export function AccessSection() {
  const status = useConnection((state) => state.status);
  const context = useSnippetContext();
  const [copied, setCopied] = useState(false);
  const { desktop } = window;
  const copyKey = (): void => {
    desktop?.copyApiKey().then(
      () => {
        setCopied(true);
        announce('Copied API key.');
      },
      (error: unknown) => showToast({ tone: 'error', message: errorMessage(error) }),
    );
  };
  return (
    <Card title="Address and key">
      <Facts
        facts={[
          ['Address', <Copyable key="a" text={`${context.address}/v1`} what="address" />],
          ['API key', <code key="k">••••••••••••</code>],
          [
            'Key file',
            status?.apiKeyFile === undefined ? (
              'set by OPEN_SANDBOX_API_KEY'
            ) : (
              <Copyable key="f" text={status.apiKeyFile} what="path" />
            ),
          ],
          ['For a shell', <Copyable key="s" text={keyExport(context)} what="command" />],
          [
            'Data folder',
            status === undefined ? undefined : <Copyable key="d" text={status.dataDir} what="path" />,
          ],
          [
            'API reference',
            <a key="r" href={`${context.address}/v1/docs`} target="_blank" rel="noreferrer">
              {context.address}/v1/docs
            </a>,
          ],
        ]}
      />
      <div className={styles.row}>
        {desktop !== undefined && (
          <>
            <Button icon={KeyRound} onClick={copyKey}>
              {copied ? 'Copied' : 'Copy API key'}
            </Button>
            <Button onClick={() => void desktop.showDataFolder()}>Show data folder</Button>
          </>
        )}
        {status?.apiKeyFile !== undefined && (
          <Button icon={RefreshCw} onClick={() => openDialog({ kind: 'rotate-key' })}>
            Replace key…
          </Button>
        )}
      </div>
    </Card>
  );
}

function Copyable({ text, what }: { text: string; what: string }) {
  return (
    <span className={styles.copyable}>
      <code>{text}</code>
      <CopyButton text={text} what={what} />
    </span>
  );
}
