import { expect, it } from 'vitest';
import { plainText } from '../../../src-renderer/model/plain-text';

it.each([
  ['plain, with ünïcode 😀 and\ta tabulator', 'plain, with ünïcode 😀 and\ta tabulator'],
  ['\u001b[31mred\u001b[0m and \u001b[1;38;5;200mbold\u001b[m', 'red and bold'],
  ['\u001b]0;a title\u0007shown', 'shown'],
  ['\u001b]8;;https://example.com\u001b\\link\u001b]8;;\u001b\\', 'link'],
  ['\u001b[2K\u001b[1Gline', 'line'],
  [' 10 %\r 50 %\r100 %', '100 %'],
  ['from Windows\r', 'from Windows'],
  ['bell\u0007 and \u0000 nothing', 'bell and  nothing'],
  ['cut off \u001b[3', 'cut off [3'],
])('reads %j as %j', (line, text) => {
  expect(plainText(line)).toBe(text);
});
