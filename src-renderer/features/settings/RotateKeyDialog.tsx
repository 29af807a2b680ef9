import { rotateApiKey } from '../../api/desktop-api';
import { Dialog } from '../../components/Dialog';
import { useSubmit } from '../../components/use-submit';
import { showToast } from '../../state/toasts';

/** Cannot be undone, so it names what stops working. */
export function RotateKeyDialog() {
  const { busy, error, submit } = useSubmit(async () => {
    await rotateApiKey();
    showToast({ tone: 'info', message: 'The API key was replaced. Give your programs the new one.' });
  });
  return (
    <Dialog
      title="Replace the API key"
      confirm="Replace the key"
      danger
      onConfirm={submit}
      busy={busy}
      error={error}
    >
      <p>
        Programs that hold the old key are refused from now on, and other browsers are signed out. Sandboxes,
        their endpoints and this window go on.
      </p>
    </Dialog>
  );
}
