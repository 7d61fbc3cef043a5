/** The LogGroups of a LogGroupList, as they stand in it. @throws TypeError when it is none */
export function groupsOf(list: Buffer): Buffer[] {
  const groups: Buffer[] = [];
  for (let at = 0; at < list.length;) {
    if (list[at++] !== 0x0a) throw new TypeError(`byte ${at - 1} begins no LogGroup`);
    let length = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = list[at++] as number;
      length |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    if (at + length > list.length) throw new TypeError(`the LogGroup at byte ${at} is cut`);
    groups.push(list.subarray(at, at + length));
    at += length;
  }
  return groups;
}
