import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';
import { announce } from '../state/announcements';
import { showToast } from '../state/toasts';
import { IconButton } from './Button';

const CONFIRM_MS = 1500;

interface CopyButtonProps {
  text: string;
  /** What is copied, such as `id`. */
  what: string;
  tabIndex?: number;
}

/** Copies a text and confirms in place. */
export function CopyButton({ text, what, tabIndex }: CopyButtonProps) {
  const [copied, setCopied] = useState(false);

  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), CONFIRM_MS);
    return () => clearTimeout(timer);
  }, [copied]);

  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
      announce(`Copied ${what}.`);
    } catch {
      showToast({ tone: 'error', message: `The ${what} could not be copied. Select it and copy by hand.` });
    }
  };

  return (
    <IconButton
      icon={copied ? Check : Copy}
      label={copied ? 'Copied' : `Copy ${what}`}
      {...(tabIndex === undefined ? {} : { tabIndex })}
      onClick={(event) => {
        event.stopPropagation();
        void copy();
      }}
    />
  );
}
