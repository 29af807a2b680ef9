import { useState } from 'react';
import type { PatchSettingsRequest, Settings } from '../../../src-main/http/schemas/desktop';
import { errorMessage } from '../../api/api-error';
import { DIAGNOSTICS_URL } from '../../api/desktop-api';
import { Banner } from '../../components/Banner';
import { Button } from '../../components/Button';
import { Card } from '../../components/Card';
import { CheckField, SelectField } from '../../components/Field';
import { GridSkeleton } from '../../components/GridSkeleton';
import { Screen } from '../../components/Screen';
import { announce } from '../../state/announcements';
import { openDialog } from '../../state/dialogs';
import { saveSettings, usePreferences } from '../../state/preferences';
import { AccessSection } from './AccessSection';
import { EngineSection } from './EngineSection';
import { HostVolumesSection } from './HostVolumesSection';
import { NoticesSection } from './NoticesSection';
import styles from './SettingsScreen.module.css';

const THEMES = [
  { value: 'system', label: 'Like the system' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
] as const;

const DENSITIES = [
  { value: 'comfortable', label: 'Comfortable' },
  { value: 'compact', label: 'Compact' },
] as const;

const CAPTURE_COUNTS = [1, 2, 3, 4, 6, 8, 12, 16].map((count) => ({
  value: String(count),
  label: String(count),
}));

/** Each change saves at once and says so. */
export function SettingsScreen() {
  const settings = usePreferences((state) => state.settings);
  const [saved, setSaved] = useState('');
  const [error, setError] = useState<string>();
  const save = (change: PatchSettingsRequest): void => {
    setError(undefined);
    saveSettings(change).then(
      () => {
        setSaved('Saved');
        announce('Setting saved.');
      },
      (failure: unknown) => setError(errorMessage(failure)),
    );
  };
  return (
    <Screen title="Settings" tools={<span className={styles.saved}>{saved}</span>}>
      <div className="scroll-area">
        <div className={styles.page}>
          {error !== undefined && <Banner tone="error">The setting was not saved: {error}</Banner>}
          {settings === undefined ? (
            <GridSkeleton label="Loading settings" />
          ) : (
            <Sections settings={settings} save={save} />
          )}
        </div>
      </div>
    </Screen>
  );
}

function Sections({ settings, save }: { settings: Settings; save: (change: PatchSettingsRequest) => void }) {
  return (
    <>
      <Card title="Look">
        <div className={styles.row}>
          <SelectField
            label="Theme"
            value={settings.theme}
            options={THEMES}
            onChange={(theme) => save({ theme })}
          />
          <SelectField
            label="Density"
            value={settings.density}
            options={DENSITIES}
            onChange={(density) => save({ density })}
          />
        </div>
      </Card>
      <Card title="Keyboard">
        <CheckField
          label="Single-key shortcuts"
          hint="Letters such as N and S act when no field has the focus."
          checked={settings.singleKeyShortcuts}
          onChange={(singleKeyShortcuts) => save({ singleKeyShortcuts })}
        />
        <Button className={styles.start} onClick={() => openDialog({ kind: 'shortcuts' })}>
          Show all shortcuts
        </Button>
      </Card>
      <NoticesSection />
      <AccessSection />
      <EngineSection settings={settings} save={save} />
      <Card title="Sandboxes">
        <CheckField
          label="Prepare for the next sandbox"
          hint="Keeps a network ready for some minutes after a sandbox was made, so that the next one starts sooner."
          checked={settings.prepareNetworks}
          onChange={(prepareNetworks) => save({ prepareNetworks })}
        />
      </Card>
      <Card title="Snapshots">
        <SelectField
          label="Captures at once"
          hint="Over all sandboxes; one sandbox is captured once at a time."
          value={String(settings.maxConcurrentCaptures)}
          options={CAPTURE_COUNTS}
          onChange={(count) => save({ maxConcurrentCaptures: Number(count) })}
        />
        <CheckField
          label="Look for secrets before a snapshot leaves"
          hint="Exports and pushes then ask first, with what was found; either dialog can look without this too."
          checked={settings.lookForSecrets}
          onChange={(lookForSecrets) => save({ lookForSecrets })}
        />
      </Card>
      <HostVolumesSection key={settings.hostVolumeRoots.join('\n')} settings={settings} save={save} />
      <Card title="Diagnostics">
        <p className={styles.saved}>
          Engine, versions, settings, tasks and what happened lately, in one file. It holds no key, no
          environment and no file of a sandbox; names of sandboxes and snapshots are in it.
        </p>
        <a className={styles.start} href={DIAGNOSTICS_URL} download>
          Save diagnostics
        </a>
      </Card>
      {window.desktop !== undefined && (
        <Card title="Window">
          <CheckField
            label="Keep the server running in the tray"
            hint="Closing the window leaves sandboxes and the API as they are."
            checked={settings.keepRunningInTray}
            onChange={(keepRunningInTray) => save({ keepRunningInTray })}
          />
        </Card>
      )}
    </>
  );
}
