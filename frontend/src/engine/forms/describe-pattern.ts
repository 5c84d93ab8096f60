/** Kinds of characters, as a pattern names them. */
const KINDS: Record<string, string> = {
  "A-Za-z": "letters A–Z",
  "a-zA-Z": "letters A–Z",
  "A-Z": "capital letters A–Z",
  "a-z": "small letters a–z",
  "0-9": "digits",
  "\\d": "digits",
  "\\w": "letters A–Z, digits or _",
  " ": "spaces",
}

/** What the API writes for texts that may hold anything but NUL. */
const NO_NUL = "^[^\\x00]*$"

/** One piece of a pattern: a class or a character, escaped or not, and how often it may come. */
const PIECE =
  /^(?:\[([^\][^]+)\]|(\\[dw])|\\(\W)|([^\\[\](){}|?*+.^$]))(\*|\+|\?|\{\d+(?:,\d*)?\})?/

/** A regular expression in words. One of a kind that has none here is shown as it is. */
export function describePattern(pattern: string): string {
  const source = pattern.replace(/^\/(.*)\/\w*$/, "$1")
  if (source === NO_NUL) return "Holds a character that can't be stored."
  const pieces = /^\^.*\$$/.test(source) && piecesOf(source.slice(1, -1))
  return pieces ? `In this form: ${pieces.join(", then ")}.` : `In this form: ${source}`
}

function piecesOf(source: string): string[] | undefined {
  const pieces: string[] = []
  let literal = ""
  const endLiteral = () => {
    if (literal) pieces.push(`“${literal}”`)
    literal = ""
  }
  for (let rest = source; rest; ) {
    const piece = PIECE.exec(rest)
    if (!piece) return undefined
    const [all, members, kind, punctuation, character, times] = piece
    rest = rest.slice(all.length)
    const single = punctuation ?? character
    if (single && !times) {
      literal += single
      continue
    }
    const kinds = single ? [`“${single}”`] : kindsOf(members ?? kind ?? "")
    if (!kinds) return undefined
    endLiteral()
    pieces.push(howMany(times) + among(kinds, !times || times === "?"))
  }
  endLiteral()
  return pieces
}

function kindsOf(members: string): string[] | undefined {
  const names: string[] = []
  for (let rest = members; rest; ) {
    const kind = Object.keys(KINDS).find((known) => rest.startsWith(known))
    const character = /^\\?([^\w\\])(?!-)|^_/.exec(rest)
    const name = kind ? KINDS[kind] : character?.[0].replace("\\", "")
    if (!name) return undefined
    names.push(name)
    rest = rest.slice((kind ?? character?.[0] ?? "").length)
  }
  return names
}

function among([first = "", ...others]: string[], one: boolean): string {
  if (others.length > 0) return ` of: ${[first, ...others].join(", ")}`
  return ` ${one ? first.replace(/\b(letter|digit|space)s\b/, "$1") : first}`
}

function howMany(times: string | undefined): string {
  if (!times) return "1"
  if (times === "+") return "1 or more"
  if (times === "*") return "0 or more"
  if (times === "?") return "at most 1"
  const [, least, comma, most] = /\{(\d+)(,?)(\d*)\}/.exec(times) ?? []
  if (!comma) return `${least}`
  return most ? `${least} to ${most}` : `${least} or more`
}
