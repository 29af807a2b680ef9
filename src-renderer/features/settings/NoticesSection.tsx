import { Card } from '../../components/Card';
import { CheckField } from '../../components/Field';
import { switchNotices, useNoticesState } from '../../state/system-notices';

/** Only the choice made here lets a browser ask for its permission. */
export function NoticesSection() {
  const state = useNoticesState();
  if (state === 'impossible') return null;
  return (
    <Card title="Notifications">
      <CheckField
        label="System notifications"
        hint="For work of more than ten seconds that ends while you look elsewhere. Kept for this browser."
        checked={state === 'on'}
        onChange={(on) => void switchNotices(on)}
      />
    </Card>
  );
}
