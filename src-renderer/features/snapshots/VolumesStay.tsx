import type { DesktopSnapshot } from '../../../src-main/http/schemas/desktop';
import { volumesStay } from '../../model/volumes-stay';
import styles from '../../components/DialogContent.module.css';

/** Says, where a snapshot holds copies of volumes, that they do not go with it. */
export function VolumesStay({ item }: { item: DesktopSnapshot | undefined }) {
  const text = volumesStay(item);
  return text === undefined ? null : <p className={styles.muted}>{text}</p>;
}
