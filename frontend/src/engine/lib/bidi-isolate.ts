const FIRST_STRONG_ISOLATE = "\u2068"
const POP_DIRECTIONAL_ISOLATE = "\u2069"
/** Right-to-left scripts (Hebrew to Arabic Extended, presentation forms, and beyond the BMP), and marks of direction. */
const MAY_MOVE_NEIGHBORS =
  /[\u0590-\u08ff\u200e\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u
const ISOLATES = /[\u2066-\u2069]/g

/**
 * A person's text within a plain string (a window title, a tooltip), so that its direction does not move the text
 * around it. In markup use <bdi> or dir="auto" instead.
 */
export function bidiIsolate(text: string): string {
  if (!MAY_MOVE_NEIGHBORS.test(text)) return text
  // An isolate that the text opens or closes itself would end this one.
  return FIRST_STRONG_ISOLATE + text.replace(ISOLATES, "") + POP_DIRECTIONAL_ISOLATE
}
