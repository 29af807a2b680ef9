import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { execIn } from '../support/docker';
import { FilesPage } from './pages/files-page';
import { axeViolations } from './support/axe';
import { startGui, type GuiSession } from './support/gui-session';

const FURNISH = `
mkdir -p /work/deep /many; cd /work
printf 'one\\r\\ntwo\\r\\n' > notes.txt; chmod 640 notes.txt; echo inner > deep/inner.txt
printf '\\000\\001binary' > program; ln -s notes.txt way
cd /many; seq -w 5000 | sed 's/^/entry-/' | xargs touch
`;

let gui: GuiSession;
let id: string;

beforeAll(async () => {
  gui = await startGui();
  ({ id } = await gui.server.createSandbox({ metadata: { name: 'filed' } }));
  await sh(FURNISH);
});
afterEach(() => gui.assertNoComplaints());
afterAll(() => gui.dispose());

function sh(script: string): Promise<string> {
  return execIn(gui.server.docker, gui.server.containerOf(id), ['sh', '-c', script]);
}

async function open(file = '', options?: Parameters<GuiSession['openPage']>[1]): Promise<FilesPage> {
  const query = file === '' ? '' : `?file=${encodeURIComponent(file)}`;
  const files = new FilesPage(await gui.openPage(`/sandboxes/${id}/files${query}`, options));
  await files.row('work').waitFor();
  return files;
}

describe('the files of a sandbox', () => {
  it('are walked, edited and saved by keys alone, line ends and mode as they were', async () => {
    const files = await open();
    const { page } = files;
    await files.tree.focus();
    await page.keyboard.press('End');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');
    await files.row('notes.txt').getByText('rw-r-----').waitFor();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await files.text.focus();
    await page.keyboard.press('Control+End');
    await page.keyboard.type('sss');
    await files.pane.getByText('Not saved yet').waitFor();
    await page.keyboard.press('Control+s');
    await files.pane.getByText('Not saved yet').waitFor({ state: 'detached' });
    expect(await sh("od -An -c /work/notes.txt | tr -d ' \\n'; stat -c ' %a' /work/notes.txt")).toBe(
      'one\\r\\ntwo\\r\\nsss 640\n',
    );
  });

  it('are searched with the ring and the words of everything else', async () => {
    const files = await open('/work/notes.txt');
    await files.text.focus();
    await files.page.keyboard.press('Control+f');
    const field = files.pane.getByRole('textbox', { name: 'Find' });
    await field.and(files.page.locator(':focus')).waitFor();
    // As text: it runs in the page, whose globals this project does not know.
    const ring = await files.page.evaluate<string>(`
      getComputedStyle(document.querySelector('[data-editor]').shadowRoot.activeElement).outlineColor`);
    await files.pane.getByRole('button', { name: 'Next', exact: true }).waitFor();
    const accent = await files.page.evaluate<string>(`
      (() => { const probe = document.body.appendChild(document.createElement('i'));
        probe.style.color = 'var(--accent)';
        const { color } = getComputedStyle(probe);
        probe.remove();
        return color; })()`);
    expect(ring).toBe(accent);
    expect(await axeViolations(files.page)).toEqual([]);
  });

  it('ask before typed text is lost, and keep it over the browser’s Back', async () => {
    const files = await open('/work/deep/inner.txt');
    const { page } = files;
    await files.text.focus();
    await page.keyboard.type('mine ');
    await page.getByRole('link', { name: 'Overview' }).click();
    const question = files.dialog('Leave without saving inner.txt?');
    await question.getByRole('button', { name: 'Cancel' }).click();
    await files.text.getByText('mine inner').waitFor();
    await page.evaluate('history.pushState(null, "", location.pathname)');
    await files.pane.waitFor({ state: 'detached' });
    await page.goBack();
    await files.text.getByText('mine inner').waitFor();
    await files.pane.getByText('Not saved yet').waitFor();
    await page.getByRole('link', { name: 'Overview' }).click();
    await question.getByRole('button', { name: 'Discard changes' }).click();
    await page.getByRole('heading', { name: 'Configuration' }).waitFor();
    expect(await sh('cat /work/deep/inner.txt')).toBe('inner\n');
  });

  it('are not replaced when somebody else changed them', async () => {
    const files = await open('/work/deep/inner.txt');
    const { page } = files;
    await files.text.focus();
    await page.keyboard.type('mine ');
    await sh('echo theirs > /work/deep/inner.txt');
    gui.expectComplaints(/412/);
    await page.keyboard.press('Control+s');
    await files.pane.getByText(/inner\.txt was changed meanwhile/).waitFor();
    expect(await sh('cat /work/deep/inner.txt')).toBe('theirs\n');
    await files.pane.getByRole('button', { name: 'Show what is there now' }).click();
    await files.text.getByText('theirs').waitFor();
    // Nothing was typed since: what is there now shows by itself.
    await sh('echo later > /work/deep/inner.txt');
    await page.getByRole('button', { name: 'Read the files again' }).click();
    await files.text.getByText('later').waitFor();
  });

  it('come in by the button and by dropping, go out as file and tar, and are made, moved and deleted', async () => {
    const files = await open('/work/program');
    const { page } = files;
    await files.pane.getByText('Not text, so it cannot be edited here.').waitFor();
    await files.pane.getByText('00 01 62 69').waitFor();
    await files.pane.getByRole('button', { name: 'Close file' }).click();

    await files.choose('deep', 'New folder…');
    await files.dialog('New folder in /work/deep').getByRole('textbox', { name: 'Name' }).fill('made');
    await page.keyboard.press('Enter');
    await files.row('made').waitFor();
    await files.drop('made', { name: 'dropped.txt', text: 'dropped' });
    await files.row('dropped.txt').waitFor();
    await files.drop('dropped.txt', { name: 'dropped.txt', text: 'again' });
    gui.expectComplaints(/412/);
    await files.dialog('Replace 1 file in /work/deep/made?').getByRole('button', { name: 'Replace' }).click();
    await page.getByText('Uploaded 1 file to /work/deep/made.').first().waitFor();
    await page.getByLabel(/^Files to upload to/).setInputFiles({
      name: 'chosen.txt',
      mimeType: 'text/plain',
      buffer: Buffer.from('chosen'),
    });
    await files.row('chosen.txt').waitFor();

    const saving = page.waitForEvent('download');
    await files.choose('made', 'Download as tar');
    const tar = await saving;
    expect(tar.suggestedFilename()).toBe('made.tar');
    expect(await readFile(await tar.path(), 'latin1')).toContain('dropped.txt');

    await files.row('dropped.txt').click();
    await page.keyboard.press('F2');
    const to = files.dialog('Rename or move dropped.txt').getByRole('textbox', { name: 'New path' });
    await to.fill('/work/deep/moved.txt');
    await page.keyboard.press('Enter');
    await files.row('moved.txt').waitFor();
    expect(await sh('cat /work/deep/moved.txt')).toBe('again');
    await files.row('made').click();
    await page.keyboard.press('Delete');
    const question = files.dialog('Delete made?');
    await question.getByText('/work/deep/made and everything in it').waitFor();
    await question.getByRole('button', { name: 'Delete folder' }).click();
    await files.row('made').waitFor({ state: 'detached' });
    expect(await sh('ls -1 /work/deep')).toBe('inner.txt\nmoved.txt\n');
  });

  it('keep few of 5,000 lines in the page, and find one by the filter', async () => {
    const files = await open();
    const { page } = files;
    await files.row('many').click();
    await files.row('entry-0001').waitFor();
    expect(await files.tree.getByRole('treeitem').count()).toBeLessThan(80);
    await page.getByRole('textbox', { name: 'Filter files' }).fill('entry-4321');
    await files.row('entry-4321').waitFor();
    expect(await files.row('entry-4321').getAttribute('aria-setsize')).toBe('1');
  });

  it('are clean for axe in both themes, with a file and a menu open, and say that a paused sandbox has none', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const files = await open('/work/notes.txt', { colorScheme });
      await files.text.waitFor();
      expect(await axeViolations(files.page)).toEqual([]);
      await files.row('notes.txt').click({ button: 'right' });
      await files.page.getByRole('menuitem', { name: 'Copy path' }).waitFor();
      expect(await axeViolations(files.page)).toEqual([]);
    }
    const files = await open();
    await gui.server.call('POST', `/v1/sandboxes/${id}/pause`);
    await files.page.getByText(/^The sandbox is paused\./).waitFor();
    await files.page.getByRole('button', { name: 'Resume' }).click();
    await files.row('work').waitFor();
  });
});
