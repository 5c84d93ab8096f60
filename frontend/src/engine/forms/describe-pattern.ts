/** Descriptions of character classes and ranges. */
const CLASSES: Record<string, string> = {
  "A-Za-z": "letters A–Z",
  "a-zA-Z": "letters A–Z",
  "A-Z": "uppercase letters A–Z",
  "a-z": "lowercase letters a–z",
  "0-9": "digits",
  "\\d": "digits",
  "\\w": "letters A–Z, digits or _",
  " ": "spaces",
}

/** The API's pattern for texts that may contain any character except NUL. */
const NO_NUL = "^[^\\x00]*$"

/** A term of a pattern: a character class or a character, with an optional quantifier. */
const TERM = /^(?:\[([^\][^]+)\]|(\\[dw])|\\(\W)|([^\\[\](){}|?*+.^$]))(\*|\+|\?|\{\d+(?:,\d*)?\})?/

/** Describes a regular expression to the user. An unsupported expression is shown unchanged. */
export function describePattern(pattern: string): string {
  const source = pattern.replace(/^\/(.*)\/\w*$/, "$1")
  if (source === NO_NUL) return "Contains a character that can't be stored."
  const terms = /^\^.*\$$/.test(source) && describeTerms(source.slice(1, -1))
  return terms ? `Expected format: ${terms.join(", then ")}.` : `Expected format: ${source}`
}

function describeTerms(source: string): string[] | undefined {
  const terms: string[] = []
  let literal = ""
  const endLiteral = () => {
    if (literal) terms.push(`“${literal}”`)
    literal = ""
  }
  for (let rest = source; rest; ) {
    const term = TERM.exec(rest)
    if (!term) return undefined
    const [all, members, shorthand, punctuation, character, quantifier] = term
    rest = rest.slice(all.length)
    const single = punctuation ?? character
    if (single && !quantifier) {
      literal += single
      continue
    }
    const classes = single ? [`“${single}”`] : describeClasses(members ?? shorthand ?? "")
    if (!classes) return undefined
    endLiteral()
    const singular = [undefined, "?", "{1}"].includes(quantifier)
    terms.push(describeCount(quantifier) + describeMembers(classes, singular))
  }
  endLiteral()
  return terms
}

function describeClasses(members: string): string[] | undefined {
  const names: string[] = []
  for (let rest = members; rest; ) {
    const range = Object.keys(CLASSES).find((key) => rest.startsWith(key))
    const character = /^\\?([^\w\\])(?!-)|^_/.exec(rest)
    const name = range ? CLASSES[range] : character?.[0].replace("\\", "")
    if (!name) return undefined
    names.push(name)
    rest = rest.slice((range ?? character?.[0] ?? "").length)
  }
  return names
}

function describeMembers([first = "", ...others]: string[], singular: boolean): string {
  if (others.length > 0) return ` of: ${[first, ...others].join(", ")}`
  return ` ${singular ? first.replace(/\b(letter|digit|space)s\b/, "$1") : first}`
}

function describeCount(quantifier: string | undefined): string {
  if (!quantifier) return "1"
  if (quantifier === "+") return "1 or more"
  if (quantifier === "*") return "0 or more"
  if (quantifier === "?") return "at most 1"
  const [, min, comma, max] = /\{(\d+)(,?)(\d*)\}/.exec(quantifier) ?? []
  if (!comma) return `${min}`
  return max ? `${min} to ${max}` : `${min} or more`
}
