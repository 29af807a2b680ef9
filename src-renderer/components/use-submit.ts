import { useState } from 'react';
import { errorMessage } from '../api/api-error';
import { announce } from '../state/announcements';
import { closeDialog } from '../state/dialogs';

/** Runs what a dialog does: busy meanwhile, closed on success, the error shown inside on failure. */
export function useSubmit(work: () => Promise<void>) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const submit = async (): Promise<void> => {
    setBusy(true);
    setError(undefined);
    try {
      await work();
      closeDialog();
    } catch (failure) {
      setError(errorMessage(failure));
      announce(errorMessage(failure), 'assertive');
      setBusy(false);
    }
  };
  return { busy, error, submit: () => void submit() };
}
