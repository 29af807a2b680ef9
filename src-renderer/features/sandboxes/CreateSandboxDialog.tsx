import { useEffect, useState } from 'react';
import { Dialog } from '../../components/Dialog';
import { SandboxFields } from '../../components/SandboxFields';
import { useSubmit } from '../../components/use-submit';
import { checkSandboxForm, newSandboxForm, sandboxFormRequest } from '../../model/sandbox-form';
import { sandboxRoute } from '../../routes';
import { loadImages, useImages } from '../../state/images';
import { create } from '../../state/sandbox-commands';
import { showToast } from '../../state/toasts';
import { preferredImage, rememberImage } from './preferred-image';
import { GetImage } from './GetImage';
import { ImagePicker } from './ImagePicker';

/** Starts a sandbox from a local image; gets an image first where there is none. */
export function CreateSandboxDialog({ navigate }: { navigate: (path: string) => void }) {
  const images = useImages();
  const [chosen, setChosen] = useState<string>();
  const [form, setForm] = useState(newSandboxForm);
  useEffect(() => void loadImages(), []);
  const image = chosen ?? preferredImage(images.order);
  const errors = checkSandboxForm(form);
  const { busy, error, submit } = useSubmit(async () => {
    if (image === undefined) return;
    const id = await create({ image: { uri: image }, ...sandboxFormRequest(form) });
    rememberImage(image);
    showToast({
      tone: 'info',
      message: `Sandbox ${form.name === '' ? 'started' : `“${form.name}” started`}.`,
      action: { label: 'Open', run: () => navigate(sandboxRoute(id)) },
    });
  });
  const hasErrors = Object.keys(errors).length > 0;
  return (
    <Dialog
      title="New sandbox"
      confirm={busy ? 'Starting…' : 'Create sandbox'}
      onConfirm={submit}
      busy={busy}
      disabled={image === undefined || hasErrors}
      error={error ?? images.loadError}
      wide
    >
      {images.order.length > 0 && (
        <ImagePicker
          images={images.order.flatMap((name) => images.byId[name] ?? [])}
          value={image}
          onChange={setChosen}
        />
      )}
      <GetImage
        hasImages={images.order.length > 0}
        isKnown={images.loadedAt !== undefined}
        onReady={setChosen}
      />
      <SandboxFields form={form} errors={errors} onChange={setForm} />
    </Dialog>
  );
}
