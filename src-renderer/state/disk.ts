import { create } from 'zustand';
import type { DiskUsage } from '../../src-main/http/schemas/disk';
import { errorMessage } from '../api/api-error';
import { getDiskUsage } from '../api/disk-api';

interface DiskState {
  readonly usage?: DiskUsage;
  readonly loadError?: string;
}

export const useDisk = create<DiskState>(() => ({}));

/** Reads the figures anew; a failure leaves the last ones in place. */
export async function loadDisk(): Promise<void> {
  try {
    useDisk.setState({ usage: await getDiskUsage() }, true);
  } catch (error) {
    useDisk.setState({ loadError: errorMessage(error) });
  }
}
