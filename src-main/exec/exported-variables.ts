/** Names that a shell manages itself or lets nobody set. */
const MANAGED = /^(_|_osd_.*|BASHOPTS|BASH_VERSINFO|E?UID|OPTIND|PPID|PWD|SHELLOPTS|SHLVL)$/;
const ENTRY = /(?:declare -[a-zA-Z]+|export|typeset -[a-zA-Z]+) ([A-Za-z_][A-Za-z0-9_]*)(=?)/y;
const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  e: '\x1b',
  E: '\x1b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/**
 * Reads what `export -p` printed, in the manner of bash, dash or busybox.
 * @returns undefined when it is anything else, such as when another process printed in between.
 */
export function parseExports(printed: string): Map<string, string> | undefined {
  const variables = new Map<string, string>();
  for (let at = 0; at < printed.length;) {
    ENTRY.lastIndex = at;
    const entry = ENTRY.exec(printed);
    if (entry === null) return undefined;
    const [head, name = '', equals] = entry;
    const word = equals === '=' ? parseWord(printed, at + head.length) : { value: '', end: at + head.length };
    if (word === undefined || printed[word.end] !== '\n') return undefined;
    // Without a value it is marked for export but not set.
    if (equals === '=' && !MANAGED.test(name)) variables.set(name, word.value);
    at = word.end + 1;
  }
  return variables;
}

/** One word of shell text: plain characters and quoted stretches up to an unquoted newline. */
function parseWord(text: string, start: number): { value: string; end: number } | undefined {
  let value = '';
  let at = start;
  while (at < text.length && text[at] !== '\n') {
    const stretch = parseStretch(text, at);
    if (stretch === undefined) return undefined;
    value += stretch.value;
    at = stretch.end;
  }
  return { value, end: at };
}

function parseStretch(text: string, at: number): { value: string; end: number } | undefined {
  if (text[at] === "'") {
    const close = text.indexOf("'", at + 1);
    return close === -1 ? undefined : { value: text.slice(at + 1, close), end: close + 1 };
  }
  if (text[at] === '"') return parseDoubleQuoted(text, at + 1);
  if (text.startsWith("$'", at)) return parseDollarQuoted(text, at + 2);
  if (text[at] === '\\') return { value: text[at + 1] ?? '', end: at + 2 };
  return { value: text[at] ?? '', end: at + 1 };
}

function parseDoubleQuoted(text: string, start: number): { value: string; end: number } | undefined {
  let value = '';
  for (let at = start; at < text.length; at += 1) {
    const char = text[at] ?? '';
    if (char === '"') return { value, end: at + 1 };
    if (char === '\\' && '"\\$`'.includes(text[at + 1] ?? '')) {
      at += 1;
      value += text[at] ?? '';
    } else {
      value += char;
    }
  }
  return undefined;
}

function parseDollarQuoted(text: string, start: number): { value: string; end: number } | undefined {
  let value = '';
  for (let at = start; at < text.length; at += 1) {
    const char = text[at] ?? '';
    if (char === "'") return { value, end: at + 1 };
    if (char !== '\\') {
      value += char;
      continue;
    }
    const octal = /^[0-7]{1,3}/.exec(text.slice(at + 1, at + 4))?.[0];
    if (octal !== undefined) {
      value += String.fromCharCode(parseInt(octal, 8));
      at += octal.length;
    } else {
      at += 1;
      value += ESCAPES[text[at] ?? ''] ?? text[at] ?? '';
    }
  }
  return undefined;
}
