import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../support/wait-for';
import { TerminalPage } from './pages/terminal-page';
import { focusedName } from './support/focus';
import { axeViolations } from './support/axe';
import { startGui, type GuiSession } from './support/gui-session';

let gui: GuiSession;

beforeAll(async () => {
  gui = await startGui();
});
afterEach(() => gui.assertNoComplaints());
afterAll(() => gui.dispose());

async function open(options?: Parameters<GuiSession['openPage']>[1]): Promise<TerminalPage & { id: string }> {
  const { id } = await gui.server.createSandbox({ metadata: { name: 'shell' } });
  const page = await gui.openPage(`/sandboxes/${id}/terminal`, options);
  const terminal = new TerminalPage(page);
  await terminal.ready();
  return Object.assign(terminal, { id });
}

describe('a terminal', () => {
  it('runs what is typed, in colours that the policy would forbid as attributes', async () => {
    const terminal = await open();
    await terminal.run("printf '\\033[38;2;200;30;40mtrue%s\\033[0m\\n' -colour; echo $((6 * 7))-is-it");
    await terminal.sees('true-colour');
    await terminal.sees('42-is-it');
  });

  it('keeps its session over other pages and a reload', async () => {
    const terminal = await open();
    const { page } = terminal;
    await terminal.run('VALUE=kept');
    await page.getByRole('link', { name: 'Overview' }).click();
    await page.getByRole('heading', { name: 'Configuration' }).waitFor();
    await page.getByRole('link', { name: 'Terminal' }).click();
    await terminal.run('echo "first $VALUE"');
    await terminal.sees('first kept');
    await page.reload();
    await terminal.ready();
    await terminal.sees('first kept');
    await terminal.run('echo "second $VALUE"');
    await terminal.sees('second kept');
    const sessions = await gui.server.call<{ sessions: unknown[] }>(
      'GET',
      `/v1/sandboxes/${terminal.id}/proxy/44772/pty`,
    );
    expect(sessions.body.sessions).toHaveLength(1);
  });

  it('has no keyboard trap: Tab and Escape are the shell’s, F6 leaves, and letters act again', async () => {
    const terminal = await open();
    const { page } = terminal;
    await terminal.input.focus();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Escape');
    await page.keyboard.type('ngs');
    expect(await focusedName(page)).toBe('Terminal input');
    expect(await page.getByRole('dialog').count()).toBe(0);
    await page.keyboard.press('F6');
    expect(await page.evaluate(`document.activeElement.getAttribute('role')`)).toBe('tab');
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).getByText('Leave the terminal').waitFor();
    await page.keyboard.press('Escape');
  });

  it('asks before several lines are pasted, and not for one', async () => {
    const terminal = await open();
    const { page } = terminal;
    const paste = async (text: string): Promise<void> => {
      await page.evaluate(`navigator.clipboard.writeText(${JSON.stringify(text)})`);
      await terminal.input.focus();
      await page.keyboard.press('Control+V');
    };
    await paste('echo one-$((1 + 1))\n');
    await terminal.sees('one-2');
    await paste('echo two-$((1 + 2))\necho three-$((1 + 3))\n');
    const question = page.getByRole('dialog', { name: 'Paste 2 lines?' });
    await question.getByText('echo two-').waitFor();
    await question.getByRole('button', { name: 'Cancel' }).click();
    await question.waitFor({ state: 'detached' });
    await paste('echo two-$((1 + 2))\necho three-$((1 + 3))\n');
    await question.getByRole('button', { name: 'Paste' }).click();
    await terminal.sees('three-4');
    expect(await terminal.text.getByText('two-3').count()).toBeGreaterThan(0);
  });

  it('searches its scrollback', async () => {
    const terminal = await open();
    const { page } = terminal;
    await terminal.run('for i in 1 2 3; do echo needle-$i; done');
    await terminal.sees('needle-3');
    await page.keyboard.press('Control+F');
    await page.getByRole('textbox', { name: 'Search text' }).fill('needle-2');
    await page.getByText('1 of 1').waitFor();
    await page.keyboard.press('Escape');
    expect(await focusedName(page)).toBe('Terminal input');
  });
});

describe('several terminals', () => {
  it('stand side by side, take a title, and end when they are closed', async () => {
    const terminal = await open();
    const { page } = terminal;
    await terminal.run('WHO=first');
    await page.getByRole('button', { name: 'New terminal' }).click();
    await expectTabs(terminal, 2);
    await terminal.ready();
    await terminal.run('echo "who=[$WHO]"');
    await terminal.sees('who=[]');
    await terminal.tabs.nth(1).focus();
    await page.keyboard.press('F2');
    await page.getByRole('textbox', { name: 'Title of the terminal' }).fill('build');
    await page.keyboard.press('Enter');
    await page.getByRole('tab', { name: 'build' }).waitFor();
    await terminal.tabs.first().click();
    await terminal.run('echo "who=[$WHO]"');
    await terminal.sees('who=[first]');
    await page.getByRole('tab', { name: 'build' }).click();
    await page.getByRole('button', { name: 'Close build' }).click();
    await expectTabs(terminal, 1);
    await waitFor('the closed session to end', async () => {
      const { body } = await gui.server.call<{ sessions: unknown[] }>(
        'GET',
        `/v1/sandboxes/${terminal.id}/proxy/44772/pty`,
      );
      return body.sessions.length === 1 ? true : undefined;
    });
  });
});

describe('a sandbox under its terminal', () => {
  it('marks where a snapshot was taken', async () => {
    const terminal = await open();
    await terminal.run('echo before-the-snapshot');
    await terminal.sees('before-the-snapshot');
    await gui.server.takeSnapshot(terminal.id, 'marked');
    const jump = terminal.page.getByRole('combobox', { name: 'Jump to a snapshot' });
    await jump.getByText(/marked · /).waitFor({ state: 'attached' });
    await terminal.page
      .getByText(/^marked · /)
      .first()
      .waitFor();
  });

  it('says that it is paused and goes on after a resume, and offers a way on once it has stopped', async () => {
    const terminal = await open();
    const { page } = terminal;
    await terminal.run('VALUE=still');
    await gui.server.call('POST', `/v1/sandboxes/${terminal.id}/pause`);
    await page.getByText('The sandbox is paused.').waitFor();
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.getByText('The sandbox is paused.').waitFor({ state: 'detached' });
    await terminal.run('echo "$VALUE-here"');
    await terminal.sees('still-here');
    await gui.server.docker.getContainer(gui.server.containerOf(terminal.id)).kill();
    await page.getByText('The sandbox has stopped').waitFor();
    await page.getByRole('button', { name: 'New sandbox…' }).click();
    await page.getByRole('dialog', { name: 'New sandbox' }).waitFor();
    await page.keyboard.press('Escape');
  });
});

it.each(['light', 'dark'] as const)('is clean for axe in the %s theme', async (colorScheme) => {
  const terminal = await open({ colorScheme });
  await terminal.run("printf '\\033[31mred \\033[32mgreen \\033[33myellow \\033[34mblue\\033[0m\\n'");
  await terminal.sees('red green');
  expect(await axeViolations(terminal.page)).toEqual([]);
});

async function expectTabs(terminal: TerminalPage, count: number): Promise<void> {
  await waitFor(`${String(count)} tabs`, async () =>
    (await terminal.tabs.count()) === count ? true : undefined,
  );
}
