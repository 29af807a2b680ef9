import { create } from 'zustand';
import { announce } from './announcements';

export interface Toast {
  id: number;
  tone: 'info' | 'error';
  message: string;
  action?: { label: string; run: () => void };
}

const MAX_TOASTS = 3;

export const useToasts = create<{ readonly toasts: readonly Toast[] }>(() => ({ toasts: [] }));

let nextId = 1;

/** Shows a toast and says it to screen readers: results politely, failures at once. */
export function showToast(toast: Omit<Toast, 'id'>): void {
  const entry = { ...toast, id: nextId++ };
  useToasts.setState(({ toasts }) => ({ toasts: [...toasts, entry].slice(-MAX_TOASTS) }));
  announce(toast.message, toast.tone === 'error' ? 'assertive' : 'polite');
}

export function closeToast(id: number): void {
  useToasts.setState(({ toasts }) => ({ toasts: toasts.filter((toast) => toast.id !== id) }));
}
