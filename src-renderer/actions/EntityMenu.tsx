import { ActionMenuOf, type MenuEntry } from '../components/ActionMenu';
import { useEntityEntries } from './use-entity-entries';

export interface EntityMenuRequest {
  /** Of a snapshot or sandbox. */
  id: string;
  x: number;
  y: number;
}

interface EntityMenuProps {
  label: string;
  request: EntityMenuRequest;
  /** What can be done with the line itself, after what can be done with what it is about. */
  more?: readonly MenuEntry[];
  onClose: () => void;
}

/** The menu of a snapshot or sandbox, wherever it is named. */
export function EntityMenu({ label, request, more = [], onClose }: EntityMenuProps) {
  const entries = [...useEntityEntries(request.id), ...more];
  if (entries.length === 0) return null;
  return <ActionMenuOf label={label} x={request.x} y={request.y} entries={entries} onClose={onClose} />;
}
