import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { waitFor } from '../support/wait-for';
import { startGui, type GuiSession } from './support/gui-session';

let gui: GuiSession;

beforeAll(async () => {
  gui = await startGui();
});
afterEach(() => gui.assertNoComplaints());
afterAll(() => gui.dispose());

it('searches a log, pauses it while lines come, and saves it as a file', async () => {
  const { id } = await gui.server.createSandbox({
    metadata: { name: 'talker' },
    entrypoint: [
      'sh',
      '-c',
      'for i in $(seq 1 200); do echo line-$i; done; while :; do echo tick; sleep 0.2; done',
    ],
  });
  const page = await gui.openPage(`/sandboxes/${id}/logs`);
  const log = page.getByRole('log', { name: 'Output' });
  await log.getByText('tick').first().waitFor();
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByRole('button', { name: /^Continue \(\d+ new\)$/ }).waitFor();
  const search = page.getByRole('textbox', { name: 'Search the log' });
  await search.fill('LINE-1');
  await page.getByText('1 of 111').waitFor();
  await log.getByText('line-1', { exact: true }).first().waitFor();
  await search.press('Enter');
  await page.getByText('2 of 111').waitFor();
  await log.locator('[data-current=true]').getByText('line-10').waitFor();
  await page.getByRole('button', { name: 'Previous hit' }).click();
  await page.getByText('1 of 111').waitFor();
  const saving = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download the log' }).click();
  const download = await saving;
  expect(download.suggestedFilename()).toBe('talker.log');
  expect(await readFile(await download.path(), 'utf8')).toMatch(/ line-1\n[^\n]* line-2\n/);
  await page.getByRole('button', { name: /^Continue/ }).click();
  await page.getByRole('button', { name: 'Pause' }).waitFor();
});

it('keeps to the end of a log when another size of the window wraps its lines otherwise', async () => {
  const { id } = await gui.server.createSandbox({
    metadata: { name: 'wide' },
    entrypoint: ['sh', '-c', 'for i in $(seq 1 200); do printf "line-$i %0150d\\n" 0; done; sleep 1000'],
  });
  const page = await gui.openPage(`/sandboxes/${id}/logs`);
  const log = page.getByRole('log', { name: 'Output' });
  const end = page.getByRole('button', { name: 'Go to the end' });
  await log.getByText('line-200').waitFor();
  for (const size of [
    { width: 900, height: 600 },
    { width: 1280, height: 800 },
  ]) {
    await page.setViewportSize(size);
    await waitFor('the last line to be seen', async () => {
      const [line, box] = [await log.getByText('line-200').boundingBox(), await log.boundingBox()];
      if (line === null || box === null) return undefined;
      return line.y >= box.y && line.y + line.height <= box.y + box.height ? true : undefined;
    });
    expect(await end.isVisible()).toBe(false);
  }
  await log.hover();
  await page.mouse.wheel(0, -2000);
  await end.waitFor();
});

it('says that the output has ended, under all that there was', async () => {
  const { id } = await gui.server.createSandbox({
    metadata: { name: 'brief' },
    entrypoint: ['sh', '-c', 'echo last words'],
  });
  await waitFor('the sandbox to end', async () => {
    const { body } = await gui.server.call<{ status: { state: string } }>('GET', `/v1/sandboxes/${id}`);
    return body.status.state === 'Terminated' ? true : undefined;
  });
  const page = await gui.openPage(`/sandboxes/${id}/logs`);
  await page.getByRole('log', { name: 'Output' }).getByText('last words').waitFor();
  await page.getByText('The output has ended.').waitFor();
});
