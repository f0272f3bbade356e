/** A generated file as Biome formats it, so that the formatter and the generator agree. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** `file`: its path in the repository. */
export type Output = { file: string; text: string }

const root = new URL('..', import.meta.url)

/** @throws what Biome says, when the text is not of the file's language */
export function tidy({ file, text }: Output): Output {
  const biome = fileURLToPath(new URL('node_modules/.bin/biome', root))
  const formatted = spawnSync(biome, ['format', `--stdin-file-path=${file}`], {
    cwd: fileURLToPath(root),
    input: text,
    encoding: 'utf8',
  })
  if (formatted.status !== 0) throw new Error(`${file} cannot be formatted: ${formatted.stderr}`)
  return { file, text: formatted.stdout }
}
