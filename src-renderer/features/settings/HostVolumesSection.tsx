import { useState } from 'react';
import type { PatchSettingsRequest, Settings } from '../../../src-main/http/schemas/desktop';
import { Button } from '../../components/Button';
import { Card } from '../../components/Card';
import { TextArea } from '../../components/Field';
import styles from './SettingsScreen.module.css';

interface HostVolumesSectionProps {
  settings: Settings;
  save: (change: PatchSettingsRequest) => void;
}

/** Folders of this machine that sandboxes may mount; none unless listed. */
export function HostVolumesSection({ settings, save }: HostVolumesSectionProps) {
  const before = settings.hostVolumeRoots.join('\n');
  const [text, setText] = useState(before);
  const roots = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return (
    <Card title="Host volumes">
      <TextArea
        label="Folders that sandboxes may mount"
        hint="One absolute path a line. Everything below it can be read and changed by a sandbox that mounts it."
        placeholder="/home/me/shared"
        spellCheck={false}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <Button
        className={styles.start}
        disabled={roots.join('\n') === before}
        onClick={() => save({ hostVolumeRoots: roots })}
      >
        Save folders
      </Button>
    </Card>
  );
}
