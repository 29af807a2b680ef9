import { useState } from 'react';
import { deleteLivePath, makeLiveFolder, moveLivePath, writeLiveFile } from '../../api/live-files-api';
import { Dialog } from '../../components/Dialog';
import { TextField } from '../../components/Field';
import { useSubmit } from '../../components/use-submit';
import { count } from '../../model/count';
import { formatBytes } from '../../model/format-size';
import { baseName, childOf } from '../../model/folder-tree';
import { closeDialog } from '../../state/dialogs';
import type { FileQuestion } from '../../state/file-questions';

type Question<K extends FileQuestion['kind']> = Extract<FileQuestion, { kind: K }>;

/** What is asked about files of a running sandbox. */
export function FileDialogs({ question }: { question: FileQuestion }) {
  switch (question.kind) {
    case 'new':
      return <NewPathDialog question={question} />;
    case 'move':
      return <MoveDialog question={question} />;
    case 'delete':
      return <DeleteDialog question={question} />;
    case 'replace':
      return <ReplaceDialog question={question} />;
    case 'leave':
      return <LeaveDialog question={question} />;
  }
}

function NewPathDialog({ question: { what, sandboxId, folder, done } }: { question: Question<'new'> }) {
  const [name, setName] = useState('');
  const { busy, error, submit } = useSubmit(async () => {
    const path = childOf(folder, name);
    if (what === 'folder') await makeLiveFolder(sandboxId, path);
    else await writeLiveFile(sandboxId, path, { body: new Blob([]), replaces: 'nothing' });
    done(path);
  });
  return (
    <Dialog
      title={`New ${what} in ${folder}`}
      confirm={`Make ${what}`}
      onConfirm={submit}
      busy={busy}
      disabled={name === ''}
      error={error}
    >
      <TextField
        label="Name"
        hint="With slashes the folders on the way are made too."
        value={name}
        focusFirst
        onChange={(event) => setName(event.target.value)}
      />
    </Dialog>
  );
}

function MoveDialog({ question: { sandboxId, path, done } }: { question: Question<'move'> }) {
  const [to, setTo] = useState(path);
  const { busy, error, submit } = useSubmit(async () => {
    await moveLivePath(sandboxId, path, to);
    done(to);
  });
  return (
    <Dialog
      title={`Rename or move ${baseName(path)}`}
      confirm="Move"
      onConfirm={submit}
      busy={busy}
      disabled={to === path || !to.startsWith('/') || to.endsWith('/')}
      error={error}
      wide
    >
      <TextField
        label="New path"
        hint="Absolute; folders on the way are made."
        value={to}
        focusFirst
        onChange={(event) => setTo(event.target.value)}
      />
    </Dialog>
  );
}

function DeleteDialog({ question: { sandboxId, file, done } }: { question: Question<'delete'> }) {
  const { busy, error, submit } = useSubmit(async () => {
    await deleteLivePath(sandboxId, file.path);
    done();
  });
  const isFolder = file.kind === 'directory';
  return (
    <Dialog
      title={`Delete ${baseName(file.path)}?`}
      confirm={isFolder ? 'Delete folder' : 'Delete file'}
      onConfirm={submit}
      busy={busy}
      error={error}
      danger
    >
      <p>
        {file.path} {isFolder ? 'and everything in it' : `(${formatBytes(file.sizeBytes)})`} will be gone from
        the sandbox. Only a snapshot that holds it brings it back.
      </p>
    </Dialog>
  );
}

function ReplaceDialog({ question: { folder, names, replace } }: { question: Question<'replace'> }) {
  return (
    <Dialog
      title={`Replace ${count(names.length, 'file')} in ${folder}?`}
      confirm="Replace"
      onConfirm={() => {
        closeDialog();
        replace();
      }}
      danger
    >
      <p>There already: {names.join(', ')}. What they hold now will be lost.</p>
    </Dialog>
  );
}

function LeaveDialog({ question: { path, leave } }: { question: Question<'leave'> }) {
  return (
    <Dialog
      title={`Leave without saving ${baseName(path)}?`}
      confirm="Discard changes"
      onConfirm={() => {
        closeDialog();
        leave();
      }}
      danger
    >
      <p>What you changed in {path} is not saved yet. Cancel to stay and save it.</p>
    </Dialog>
  );
}
