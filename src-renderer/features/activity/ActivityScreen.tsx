import { Activity as ActivityIcon } from 'lucide-react';
import { useCallback, useMemo, useRef, useState } from 'react';
import type { Activity } from '../../../src-main/http/schemas/desktop';
import { Banner } from '../../components/Banner';
import { Button } from '../../components/Button';
import { EmptyState } from '../../components/EmptyState';
import { FilterBox } from '../../components/FilterBox';
import { GridSkeleton } from '../../components/GridSkeleton';
import { Screen } from '../../components/Screen';
import { TaskProgress } from '../../components/TaskProgress';
import { useKeys } from '../../components/use-keys';
import { ACTIVITY_FILTER_FIELDS, activitySubject } from '../../model/activity-list';
import { hiddenByFilter } from '../../model/count';
import { matchesFilter, parseFilter } from '../../model/filter-query';
import { ROUTES } from '../../routes';
import { loadActivity, useActivity } from '../../state/activity';
import { goTo } from '../../state/navigation';
import { useTasks } from '../../state/tasks';
import { ActivityList } from './ActivityList';
import { ActivityMenu, type ActivityMenuRequest } from './ActivityMenu';
import styles from './ActivityScreen.module.css';

/** Tasks that run, then everything that happened, newest first, with its cause. */
export function ActivityScreen() {
  const { byId, order, loadedAt, loadError } = useActivity();
  const tasks = useTasks();
  const [filter, setFilter] = useState('');
  const [menu, setMenu] = useState<ActivityMenuRequest>();
  const filterInput = useRef<HTMLInputElement>(null);
  const askMenu = useCallback((entry: Activity, x: number, y: number) => setMenu({ entry, x, y }), []);
  useKeys((key) => {
    if (key !== '/') return false;
    filterInput.current?.focus();
    return true;
  });
  const running = tasks.order.flatMap((id) => {
    const task = tasks.byId[id];
    return task?.state === 'Running' ? [task] : [];
  });
  const entries = useMemo(() => {
    const query = parseFilter(filter, ACTIVITY_FILTER_FIELDS);
    return order.flatMap((id): Activity[] => {
      const entry = byId[id];
      return entry !== undefined && matchesFilter(query, activitySubject(entry)) ? [entry] : [];
    });
  }, [byId, order, filter]);
  return (
    <Screen
      title="Activity"
      tools={
        <FilterBox
          label="Filter activity"
          placeholder="Filter, for example cause:expiry"
          value={filter}
          onChange={setFilter}
          inputRef={filterInput}
        />
      }
    >
      <div className={styles.page}>
        {loadError !== undefined && (
          <div className={styles.banner}>
            <Banner tone="error" action={<Button onClick={() => void loadActivity()}>Try again</Button>}>
              Activity could not be read: {loadError}
            </Banner>
          </div>
        )}
        {running.length > 0 && (
          <section className={styles.card} aria-label="Running tasks">
            {running.map((task) => (
              <TaskProgress key={task.id} task={task} />
            ))}
          </section>
        )}
        {loadedAt === undefined && loadError === undefined && <GridSkeleton label="Loading activity" />}
        {loadedAt !== undefined && order.length === 0 && (
          <EmptyState
            icon={ActivityIcon}
            title="Nothing has happened yet"
            text="Each change is listed here with what caused it: the API, this window, an expiry, or something outside."
            action={
              <Button tone="primary" onClick={() => goTo(ROUTES.sandboxes)}>
                Go to sandboxes
              </Button>
            }
          />
        )}
        {order.length > 0 && entries.length === 0 && (
          <EmptyState
            icon={ActivityIcon}
            title="No entry matches"
            text={hiddenByFilter(order.length, 'entry', 'entries')}
            action={<Button onClick={() => setFilter('')}>Clear filter</Button>}
          />
        )}
        {entries.length > 0 && <ActivityList entries={entries} filter={filter} onMenu={askMenu} />}
        {menu !== undefined && <ActivityMenu request={menu} onClose={() => setMenu(undefined)} />}
      </div>
    </Screen>
  );
}
