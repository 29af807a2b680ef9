/**
 * The content security policy forbids style elements and style attributes, and xterm writes both. What follows gives
 * it the same through the CSS object model, which the policy allows (docs/decisions/010).
 */

// eslint-disable-next-line @typescript-eslint/unbound-method, @typescript-eslint/no-deprecated -- called with the document as this; deprecated are only names of old tags
const createPlainly = Document.prototype.createElement;

/** Runs xterm code that makes its style elements at once, such as `open`. */
export function withoutStyleElements(work: () => void): void {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- as above
  document.createElement = (tag: string) =>
    tag === 'style' ? adoptedStyle() : createPlainly.call(document, tag);
  try {
    work();
  } finally {
    // Only an own property hides the document's real method.
    Reflect.deleteProperty(document, 'createElement');
  }
}

/** The colours of spans as xterm sets them: an attribute that is written means the same as this. */
export function allowSpanStyles(): void {
  HTMLSpanElement.prototype.setAttribute = function (name, value) {
    if (name === 'style') this.style.cssText = value;
    else Element.prototype.setAttribute.call(this, name, value);
  };
}

/** Stands in for a style element: its text becomes an adopted sheet, for as long as it is there. */
function adoptedStyle(): HTMLElement {
  const sheet = new CSSStyleSheet();
  document.adoptedStyleSheets.push(sheet);
  const element = createPlainly.call(document, 'template');
  Object.defineProperty(element, 'textContent', {
    set: (text: string) => {
      sheet.replaceSync(text);
    },
  });
  element.remove = () => {
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((each) => each !== sheet);
    Element.prototype.remove.call(element);
  };
  return element;
}
