/** A copy of the repository to follow a guide in: its files as they are now, the packages linked. */
import { execFile, execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, symlinkSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const root = fileURLToPath(new URL('../..', import.meta.url))
const run = promisify(execFile)
const PATH = `${dirname(process.execPath)}${delimiter}${process.env.PATH}`

export async function copyRepository() {
  const folder = await mkdtemp(join(tmpdir(), 'copy-'))
  const listed = ['ls-files', '--cached', '--others', '--exclude-standard']
  const files = execFileSync('git', listed, { cwd: root, encoding: 'utf8' }).split('\n')
  for (const file of files.filter(Boolean)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    copyFileSync(join(root, file), join(folder, file))
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  return {
    folder,
    /** @throws when the command fails */
    shell: (command: string, environment: Record<string, string> = {}) =>
      run('sh', ['-c', command], { cwd: folder, env: { ...process.env, PATH, ...environment } }),
    remove: () => rm(folder, { recursive: true }),
  }
}
