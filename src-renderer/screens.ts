import { Activity, Box, Camera, GitCompareArrows, HardDrive, Network, Settings } from 'lucide-react';
import { ROUTES } from './routes';

/** The screens in the order of the rail; `key` is what follows `g`. */
export const SCREENS = [
  { route: ROUTES.sandboxes, label: 'Sandboxes', icon: Box, key: 's' },
  { route: ROUTES.snapshots, label: 'Snapshots', icon: Camera, key: 'n' },
  { route: ROUTES.lineage, label: 'Lineage', icon: Network, key: 'l' },
  { route: ROUTES.compare, label: 'Compare', icon: GitCompareArrows, key: 'c' },
  { route: ROUTES.disk, label: 'Disk', icon: HardDrive, key: 'd' },
  { route: ROUTES.activity, label: 'Activity', icon: Activity, key: 'a' },
  { route: ROUTES.settings, label: 'Settings', icon: Settings, key: ',' },
] as const;
