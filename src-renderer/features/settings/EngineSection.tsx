import type { PatchSettingsRequest, Settings } from '../../../src-main/http/schemas/desktop';
import { Card } from '../../components/Card';
import { Facts } from '../../components/Facts';
import { SelectField } from '../../components/Field';
import { engineName } from '../../model/engine-name';
import { useEngine } from '../../state/connection';

const AUTOMATIC = '';

interface EngineSectionProps {
  settings: Settings;
  save: (change: PatchSettingsRequest) => void;
}

/** Which engine is used, and the others that were found. */
export function EngineSection({ settings, save }: EngineSectionProps) {
  const engine = useEngine();
  const endpoints = new Map<string, string>();
  for (const { endpoint, name } of engine?.candidates ?? []) endpoints.set(endpoint, `${name} (${endpoint})`);
  const chosen = settings.engineEndpoint;
  if (chosen !== undefined && !endpoints.has(chosen)) endpoints.set(chosen, chosen);
  return (
    <Card title="Engine">
      <Facts
        facts={[
          ['State', engine?.state === 'connected' ? 'connected' : (engine?.reason ?? engine?.state)],
          [
            'Engine',
            engine?.state === 'connected'
              ? [engineName(engine), engine.version].filter(Boolean).join(' ')
              : undefined,
          ],
          ['Host', engine?.name],
          ['API version', engine?.apiVersion],
          ['Endpoint', engine?.endpoint],
          ['Found by', engine?.source],
        ]}
      />
      <SelectField
        label="Use"
        hint="Taken at once when it answers."
        value={chosen ?? AUTOMATIC}
        options={[
          { value: AUTOMATIC, label: 'The first that answers' },
          ...[...endpoints].map(([value, label]) => ({ value, label })),
        ]}
        onChange={(value) => save({ engineEndpoint: value === AUTOMATIC ? null : value })}
      />
    </Card>
  );
}
