const FIRST_STRONG_ISOLATE = "\u2068"
const POP_DIRECTIONAL_ISOLATE = "\u2069"
/** Characters of right-to-left scripts (Hebrew to Arabic Extended, presentation forms, supplementary planes), and bidi controls. */
const BIDI_CHARACTERS =
  /[\u0590-\u08ff\u200e\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u
const ISOLATES = /[\u2066-\u2069]/g

/**
 * Wraps user text in Unicode bidi isolates, for plain strings such as window titles and tooltips: its direction does not
 * reorder the surrounding text. In markup use <bdi> or dir="auto" instead.
 */
export function bidiIsolate(text: string): string {
  if (!BIDI_CHARACTERS.test(text)) return text
  // Isolates within the text would end the outer isolate.
  return FIRST_STRONG_ISOLATE + text.replace(ISOLATES, "") + POP_DIRECTIONAL_ISOLATE
}
