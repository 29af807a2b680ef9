import { openStateStore } from '../../../src-main/store/open-state-store';

/** Holds the data folder given as argument until it is killed; prints its pid once it has it. */
const store = await openStateStore({ dataDir: process.argv[2] ?? '' });
store.setLockInfo({ address: 'http://localhost:8080' });
process.stdout.write(`${process.pid}\n`);
setInterval(() => undefined, 60_000);
