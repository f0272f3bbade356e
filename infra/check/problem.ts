/** What a check finds: which rule, where, and a sentence about what to do. */
export type Place = { file: string; line: number }
export type Problem = Place & { rule: string; message: string }
export type Report = (place: Place, rule: string, message: string) => void

export function collector(): { problems: Problem[]; report: Report } {
  const problems: Problem[] = []
  return {
    problems,
    report: ({ file, line }, rule, message) => problems.push({ file, line, rule, message }),
  }
}

/** ` Did you mean x?` for the nearest of some names, or nothing when none is near. */
export function didYouMean(name: string, names: Iterable<string>): string {
  const near = [...names]
    .map((it) => ({ it, distance: distance(name.toLowerCase(), it.toLowerCase()) }))
    .filter(({ distance }) => distance <= Math.max(2, name.length / 4))
    .sort((a, b) => a.distance - b.distance)
  return near[0] ? ` Did you mean ${near[0].it}?` : ''
}

/** Levenshtein's. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1]
    for (const [j, other] of [...b].entries()) {
      const [left = 0, above = 0, diagonal = 0] = [next[j], row[j + 1], row[j]]
      next.push(Math.min(left + 1, above + 1, diagonal + (letter === other ? 0 : 1)))
    }
    row = next
  }
  return row.at(-1) ?? 0
}
