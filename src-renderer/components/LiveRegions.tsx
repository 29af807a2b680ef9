import { useAnnouncements } from '../state/announcements';

/** The only two places that speak to screen readers. */
export function LiveRegions() {
  const { polite, assertive } = useAnnouncements();
  return (
    <div className="visually-hidden">
      <div aria-live="polite" role="status">
        <span key={polite.serial}>{polite.text}</span>
      </div>
      <div aria-live="assertive" role="alert">
        <span key={assertive.serial}>{assertive.text}</span>
      </div>
    </div>
  );
}
