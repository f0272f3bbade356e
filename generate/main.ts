/** `npm run generate`: writes the generated files. test/generate.test.ts checks that they are current. */
import { readFile, writeFile } from 'node:fs/promises'
import { orExplain } from '../local/stop.ts'
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
  await orExplain(async () => {
    const changed = await generate()
    console.log(changed.map((file) => `wrote ${file}`).join('\n') || 'Everything is current.')
    if (changed.some((file) => file.startsWith('infra/'))) {
      console.log('The templates read it: update infra/snapshots/ with npm run infra:snapshot.')
    }
  })
}
