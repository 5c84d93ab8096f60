import type { Licences } from "@/engine/shell"

/** The rooms with those components whose name, version or licence has every word in it; rooms without any are left out. */
export function matching(rooms: Licences["rooms"], search: string): Licences["rooms"] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean)
  if (!words.length) return rooms
  return rooms
    .map(({ heading, components }) => ({
      heading,
      components: components.filter(({ name, version, licence }) => {
        const all = `${name} ${version} ${licence}`.toLowerCase()
        return words.every((word) => all.includes(word))
      }),
    }))
    .filter(({ components }) => components.length)
}
