import type { Licenses } from "@/engine/shell"

/**
 * Filters `groups` by `search`: a component matches if its name, version or license contains every word. Groups without
 * a match are removed.
 */
export function filterComponents(groups: Licenses["groups"], search: string): Licenses["groups"] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean)
  if (!words.length) return groups
  return groups
    .map(({ heading, components }) => ({
      heading,
      components: components.filter(({ name, version, license }) => {
        const text = `${name} ${version} ${license}`.toLowerCase()
        return words.every((word) => text.includes(word))
      }),
    }))
    .filter(({ components }) => components.length)
}

export const countComponents = (groups: Licenses["groups"]): number =>
  groups.reduce((sum, { components }) => sum + components.length, 0)
