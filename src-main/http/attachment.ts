const PLAIN_NAME = /^[\x20-\x7e]*$/;

/** `Content-Disposition` of a file to save (RFC 6266), with the form of RFC 5987 for names that are not ASCII. */
export function attachment(name: string): string {
  const quoted = `attachment; filename="${name.replace(/[^\x20-\x7e]/g, '_').replace(/["\\]/g, '\\$&')}"`;
  if (PLAIN_NAME.test(name)) return quoted;
  const encoded = encodeURIComponent(name).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `${quoted}; filename*=UTF-8''${encoded}`;
}
