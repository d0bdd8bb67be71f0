/**
 * Makes text from users (player, game and event names) safe for one line of a terminal: control
 * characters, line separators and direction overrides, with which a name could move the cursor,
 * forge a row or hide what follows, each become U+FFFD.
 */
export function printable(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu, '\uFFFD');
}

/** Makes each line of a text that contains text from users safe. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}

const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 20 });

/** `1,234,567`, for a terminal; a pipe gets the number without separators. */
export function groupedNumber(value: number): string {
  return grouped.format(value);
}

/** Events per second: one decimal below a thousand, whole and grouped above. */
export function rateText(perSecond: number): string {
  return perSecond < 1000 ? perSecond.toFixed(1) : groupedNumber(Math.round(perSecond));
}

/** Milliseconds with the digits that matter: `0.42 ms`, `8.1 ms`, `1,250 ms`. */
export function millisecondsText(ms: number): string {
  if (ms < 1) return `${ms.toFixed(2)} ms`;
  return `${ms < 100 ? ms.toFixed(1) : groupedNumber(Math.round(ms))} ms`;
}

/** Seconds: `4.2 s` below a minute, then `3 min 05 s`. */
export function secondsText(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
}

/** `17:20:31` of an RFC 3339 time, in UTC. */
export function clockText(at: string): string {
  return new Date(at).toISOString().slice(11, 19);
}

const wide =
  /\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Hangul}|\p{Emoji_Presentation}|[\uFF01-\uFF60]/u;
const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Columns that a text takes in a terminal: two for a CJK character or an emoji. */
export function textColumns(text: string): number {
  if (/^[\x20-\x7E]*$/.test(text)) return text.length;
  let columns = 0;
  for (const { segment } of graphemes.segment(text)) columns += wide.test(segment) ? 2 : 1;
  return columns;
}

/** A text in exactly `width` columns: truncated with an ellipsis, or padded. */
export function fitText(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const columns = textColumns(text);
  if (columns <= width) {
    const blank = ' '.repeat(width - columns);
    return align === 'left' ? text + blank : blank + text;
  }
  if (width <= 0) return '';
  let cut = '';
  let used = 0;
  for (const { segment } of graphemes.segment(text)) {
    const next = used + textColumns(segment);
    if (next > width - 1) break;
    cut += segment;
    used = next;
  }
  return `${cut}…${' '.repeat(width - 1 - used)}`;
}

/** A waiting time, rounded up: `4 s`, `3 min 05 s`, `2 h 10 min`. */
export function durationText(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  const pad = (value: number) => String(value).padStart(2, '0');
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${pad(whole % 60)} s`;
  const minutes = Math.floor((whole % 3600) / 60);
  return `${groupedNumber(Math.floor(whole / 3600))} h ${pad(minutes)} min`;
}
