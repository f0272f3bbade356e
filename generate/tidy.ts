/** Formats a generated file with Biome, so that `biome check` accepts it. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** `file`: its path in the repository. */
export type Output = { file: string; text: string }

const root = new URL('..', import.meta.url)

/** @throws an Error with Biome's message when the text is not valid in the file's language */
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
