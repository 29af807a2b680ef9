import { KeyRound } from 'lucide-react';
import { EmptyState } from '../../components/EmptyState';
import { CopyButton } from '../../components/CopyButton';
import { Screen } from '../../components/Screen';
import styles from './EngineOnboarding.module.css';

/** The browser has no valid sign-in; links are single-use, so only a new one helps. */
export function SignIn() {
  return (
    <Screen title="Sign in">
      <EmptyState
        icon={KeyRound}
        title="This browser is not signed in"
        text="Open the link that the server printed: it signs in one browser once, within ten minutes. For a new link, end the server and run the command again."
      >
        <div className={styles.command}>
          <code>npm start</code>
          <CopyButton text="npm start" what="command" />
        </div>
      </EmptyState>
    </Screen>
  );
}
