import type { DesktopSandbox } from '../../../src-main/http/schemas/desktop';
import { readSandboxVolumes } from '../../api/desktop-api';
import { CheckField } from '../../components/Field';
import { useReading } from '../../components/use-reading';
import { formatBytes } from '../../model/format-size';
import { volumesToCopy } from '../../model/volumes';

interface VolumesChoiceProps {
  item: DesktopSandbox;
  checked: boolean;
  onChange: (checked: boolean) => void;
}

/** Whether the snapshot holds copies of the sandbox's named volumes; nothing where it has none. */
export function VolumesChoice({ item, checked, onChange }: VolumesChoiceProps) {
  const volumes = volumesToCopy(item);
  const reading = useReading(volumes.length === 0 ? undefined : item.sandbox.id, (signal) =>
    readSandboxVolumes(item.sandbox.id, signal),
  );
  if (volumes.length === 0) return null;
  const known = reading.state === 'read' ? reading.value : volumes;
  const names = known.map(({ source, mountPath, sizeBytes }) => {
    const size = sizeBytes === undefined ? '' : ` (${formatBytes(sizeBytes)})`;
    return `${source} at ${mountPath}${size}`;
  });
  return (
    <CheckField
      label="Copy named volumes too"
      hint={`${names.join(', ')}. The sandbox stands still until they are copied.`}
      checked={checked}
      onChange={onChange}
    />
  );
}
