const KEY = 'last-image';
const STARTER = 'opensandbox/starter';

/** The image that the last create used, else the starter image, else the newest. */
export function preferredImage(names: readonly string[]): string | undefined {
  const last = localStorage.getItem(KEY);
  return names.find((name) => name === last) ?? names.find((name) => name.startsWith(STARTER)) ?? names[0];
}

export function rememberImage(name: string): void {
  localStorage.setItem(KEY, name);
}
