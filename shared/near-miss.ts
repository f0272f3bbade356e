/** Tells a misspelt name from an unknown one. */

/** Finds the known name that differs only in case, `_`, `-` and one letter. */
export function nearMisses(known: readonly string[]): (name: string) => string | undefined {
  const plain = (name: string) => name.toLowerCase().replaceAll(/[_-]/g, '')
  const names = known.map((name) => [name, plain(name)] as const)
  return (name) => {
    const other = plain(name.slice(0, 128))
    return names.find(([, it]) => differByOneAtMost(it, other))?.[0]
  }
}

/** One letter was changed, added or left out, or two neighbors were swapped. */
function differByOneAtMost(a: string, b: string): boolean {
  let start = 0
  while (start < a.length && a[start] === b[start]) start++
  const [restA, restB] = [a.slice(start), b.slice(start)]
  return (
    restA.slice(1) === restB.slice(1) ||
    restA === restB.slice(1) ||
    restA.slice(1) === restB ||
    (restA.slice(2) === restB.slice(2) && restA[0] === restB[1] && restA[1] === restB[0])
  )
}
