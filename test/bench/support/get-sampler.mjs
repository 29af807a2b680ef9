// Asks given addresses in turns over one kept-alive connection each, in its own process, until its input ends; then
// prints the milliseconds of each answer as JSON. What the bench process does meanwhile cannot colour the times.
import { Agent, get } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

const GAP_MS = 5;

/** @typedef {{ urls: string[], headers: Record<string, string> }} Group */

/** @type {unknown} */
const given = JSON.parse(process.argv[2] ?? '[]');
// Written by the bench a moment ago.
const groups = /** @type {Group[]} */ (given);
/** @type {number[][]} */
const times = groups.map(() => []);
const agent = new Agent({ keepAlive: true });
process.stdin.resume();

/**
 * @param {string} url
 * @param {Record<string, string>} headers
 * @returns {Promise<void>}
 */
function ask(url, headers) {
  return new Promise((resolve, reject) => {
    get(url, { agent, headers }, (incoming) => {
      if (incoming.statusCode !== 200) reject(new Error(`${url} answered ${String(incoming.statusCode)}`));
      incoming.resume().on('end', () => resolve());
    }).on('error', reject);
  });
}

for (let round = 0; !process.stdin.readableEnded; round++) {
  for (const [index, { urls, headers }] of groups.entries()) {
    const url = urls[round % urls.length];
    if (url === undefined) continue;
    const start = performance.now();
    await ask(url, headers);
    times[index]?.push(performance.now() - start);
    await delay(GAP_MS);
  }
}
agent.destroy();
console.log(JSON.stringify(times));
