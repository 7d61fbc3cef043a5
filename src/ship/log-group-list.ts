import { SluiceError } from '../core/errors.ts';

/** The next LogGroup of a LogGroupList (field 1, length-delimited) at `at`: the span of its bytes. Other fields are passed over. @throws group.malformed */
export function nextGroup(list: Buffer, at: number): { readonly start: number; readonly end: number } {
  let pos = at;
  while (pos < list.length) {
    const tag = list[pos++]!;
    let length = 0;
    let scale = 1;
    let byte: number;
    do {
      if (pos >= list.length || scale > 2 ** 28)
        throw new SluiceError('group.malformed', `the pulled list of groups is cut at byte ${pos}`, { offset: pos });
      byte = list[pos++]!;
      length += (byte & 0x7f) * scale;
      scale *= 128;
    } while (byte >= 0x80);
    if ((tag & 7) !== 2 || pos + length > list.length)
      throw new SluiceError('group.malformed', `the pulled list of groups is malformed at byte ${pos}`, { offset: pos });
    if (tag === 0x0a) return { start: pos, end: pos + length };
    pos += length;
  }
  throw new SluiceError('group.malformed', 'the pulled list holds fewer groups than its header says', { offset: pos });
}
