const HTTP_DATE = /^[A-Z][a-z]{2}, \d{1,2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} (?:GMT|UTC|\+0000)$/;
const BASIC_DATE = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/;

/** Unix ms of `Mon, 15 Jan 2024 08:00:00 GMT` (V1) or `20240115T080000Z` (V4); null: it is neither. */
export function requestTimeMs(text: string): number | null {
  const basic = BASIC_DATE.exec(text);
  const ms = basic
    ? Date.parse(`${basic[1]}-${basic[2]}-${basic[3]}T${basic[4]}:${basic[5]}:${basic[6]}Z`)
    : HTTP_DATE.test(text)
      ? Date.parse(text)
      : NaN;
  return Number.isNaN(ms) ? null : ms;
}
