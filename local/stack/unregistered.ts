/** Endpoints that are written and not served, because `npm run generate` was forgotten. */
import { readdir, readFile } from 'node:fs/promises'

const functions = new URL('../../functions/', import.meta.url)
const list = 'endpoints.ts'

/** The files of functions/ that define an endpoint and are not in its list. */
export async function unregisteredFiles(folder = functions): Promise<string[]> {
  const read = (file: string) => readFile(new URL(file, folder), 'utf8')
  const listed = await read(list)
  const files = (await readdir(folder)).filter((it) => it.endsWith('.ts') && it !== list)
  const found = files.map(async (file) => {
    const defines = /\bdefine(Endpoint|Relay)\(/.test(await read(file))
    return defines && !listed.includes(`'./${file}'`) ? [`functions/${file}`] : []
  })
  return (await Promise.all(found)).flat().toSorted()
}
