import { create } from 'zustand';
import type { DiskUsage } from '../../src-main/http/schemas/disk';
import { errorMessage } from '../api/api-error';
import { getDiskUsage } from '../api/disk-api';

interface DiskState {
  readonly usage?: DiskUsage;
  readonly loadError?: string;
}

export const useDisk = create<DiskState>(() => ({}));

/** Which reading is current: an engine that adds up its disk may answer the earlier one later. */
let generation = 0;

/** Reads the figures anew; a failure leaves the last ones in place. */
export async function loadDisk(): Promise<void> {
  const mine = ++generation;
  try {
    const usage = await getDiskUsage();
    if (mine === generation) useDisk.setState({ usage }, true);
  } catch (error) {
    if (mine === generation) useDisk.setState({ loadError: errorMessage(error) });
  }
}
