/** The part of README.md that a run writes; what people write there stays. */
import { readFile, writeFile } from 'node:fs/promises'
import { cpus, release, totalmem } from 'node:os'

const readme = new URL('../README.md', import.meta.url)
const begin = '<!-- figures: written by npm run bench -->'
const end = '<!-- end of figures -->'

export function machine(): string {
  const [processor] = cpus()
  const memory = Math.round(totalmem() / 2 ** 30)
  const day = new Date().toISOString().slice(0, 10)
  return `Measured on ${day}: ${cpus().length} × ${processor?.model.trim()}, ${memory} GiB, ${process.platform} ${release()}, Node ${process.versions.node}.`
}

export async function writeFigures(parts: readonly string[]): Promise<void> {
  const text = await readFile(readme, 'utf8')
  const [from, to] = [text.indexOf(begin), text.indexOf(end)]
  if (from < 0 || to < from) throw new Error('README.md has lost the marks that figures go between')
  await writeFile(
    readme,
    [text.slice(0, from + begin.length), ...parts, text.slice(to)].join('\n\n'),
  )
}
