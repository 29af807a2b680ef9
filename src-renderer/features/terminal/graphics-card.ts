const COMPUTED = /swiftshader|llvmpipe|software|basic render/i;

let known: boolean | undefined;

/** Whether WebGL runs on a graphics card; computed by the processor it is slower than elements. */
export function hasGraphicsCard(): boolean {
  known ??= askForGraphicsCard();
  return known;
}

function askForGraphicsCard(): boolean {
  const context = document
    .createElement('canvas')
    .getContext('webgl2', { failIfMajorPerformanceCaveat: true });
  if (context === null) return false;
  const info = context.getExtension('WEBGL_debug_renderer_info');
  const renderer: unknown = context.getParameter(info?.UNMASKED_RENDERER_WEBGL ?? context.RENDERER);
  context.getExtension('WEBGL_lose_context')?.loseContext();
  return typeof renderer !== 'string' || !COMPUTED.test(renderer);
}
