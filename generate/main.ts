/** `npm run generate`: writes every file that follows from another. test/generate.test.ts keeps them current. */
import { readFile, writeFile } from 'node:fs/promises'
import { outputs } from './outputs.ts'

const root = new URL('..', import.meta.url)

/** @returns the files that have changed */
export async function generate(): Promise<string[]> {
  const changed: string[] = []
  for (const { file, text } of await outputs()) {
    const url = new URL(file, root)
    const present = await readFile(url, 'utf8').catch(() => undefined)
    if (present === text) continue
    await writeFile(url, text)
    changed.push(file)
  }
  return changed
}

if (import.meta.main) {
  const changed = await generate()
  console.log(changed.map((file) => `wrote ${file}`).join('\n') || 'Everything is current.')
  if (changed.some((file) => file.startsWith('infra/'))) {
    console.log('The templates read it: npm run infra:snapshot makes infra/snapshots/ follow.')
  }
}
