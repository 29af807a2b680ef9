import { create } from 'zustand';
import type { LocalImage } from '../../src-main/http/schemas/desktop';
import { errorMessage } from '../api/api-error';
import { listImages } from '../api/desktop-api';
import { EMPTY_ENTITIES, replaceAll, type EntityState } from './entity-state';

/** Local images by name, which is what a create asks for. */
export const useImages = create<EntityState<LocalImage>>(() => EMPTY_ENTITIES);

export async function loadImages(): Promise<void> {
  try {
    useImages.setState(replaceAll(await listImages(), (image) => image.name));
  } catch (error) {
    useImages.setState({ loadError: errorMessage(error) });
  }
}
