import { navigate } from 'wouter/use-browser-location';
import { leaveThen } from './unsaved';

/** `/app`: the same below http://localhost and app://. */
const BASE_PATH = import.meta.env.BASE_URL.replace(/\/$/, '');

/** Goes to a screen from where no component is, such as an action of a registry. */
export function goTo(route: string): void {
  leaveThen(() => navigate(BASE_PATH + route));
}
