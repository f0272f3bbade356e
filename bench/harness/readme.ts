/** Writes the figures into README.md, between two marks. */
import { readFile, writeFile } from 'node:fs/promises'
import { cpus, release, totalmem } from 'node:os'

const readme = new URL('../README.md', import.meta.url)
const begin = '<!-- figures: written by npm run bench -->'
const end = '<!-- end of figures -->'

/** A line about the machine and the day. */
export function machine(): string {
  const [processor] = cpus()
  const memory = Math.round(totalmem() / 2 ** 30)
  const day = new Date().toISOString().slice(0, 10)
  return `Measured on ${day}: ${cpus().length} × ${processor?.model.trim()}, ${memory} GiB, ${process.platform} ${release()}, Node ${process.versions.node}.`
}

/** @throws an Error when README.md lacks the marks */
export async function writeFigures(parts: readonly string[]): Promise<void> {
  const text = await readFile(readme, 'utf8')
  const [from, to] = [text.indexOf(begin), text.indexOf(end)]
  if (from < 0 || to < from) throw new Error('README.md lacks the marks of the generated figures')
  await writeFile(
    readme,
    [text.slice(0, from + begin.length), ...parts, text.slice(to)].join('\n\n'),
  )
}
