/**
 * `npm start` as a reader runs it, less npm: the stack as a program of its own, on free ports, in an empty folder where
 * its .local/stack.json overwrites no other. The tests say how to talk to it.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Description } from '../../local/stack/description.ts'

export type RunningStack = Description & {
  /** What it wrote so far, on stdout and stderr. */
  output: () => string
  /** Where it runs. */
  folder: string
  /** Like Ctrl-C. May be called again. */
  stop: () => Promise<void>
}

const freePorts = {
  LOCAL_APP_PORT: '0',
  LOCAL_ENTRA_PORT: '0',
  LOCAL_AZURE_PORT: '0',
  LOCAL_FAR_SIDES_PORT: '0',
  LOCAL_NOTES_PORT: '0',
  LOCAL_TABLES_PORT: '0',
}
const repository = fileURLToPath(new URL('../..', import.meta.url))
/** Milliseconds, to start and to stop. */
const patience = 30_000

/**
 * @param options.root of another copy of the repository
 * @param options.args none: the emulators only, as `npm run emulators`
 * @throws with what the program said, when it ends before it serves
 */
export async function runStack(
  environment: Record<string, string> = {},
  { root = repository, args = ['--app'] }: { root?: string; args?: string[] } = {},
): Promise<RunningStack> {
  const folder = await mkdtemp(join(tmpdir(), 'stack-'))
  const child = spawn(process.execPath, [join(root, 'local/stack.ts'), ...args], {
    cwd: folder,
    env: { ...process.env, ...freePorts, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exited = once(child, 'exit')
  const serves = Promise.withResolvers<void>()
  let written = ''
  const take = (chunk: Buffer) => {
    written += chunk
    if (written.includes('Ctrl-C stops it.')) serves.resolve()
  }
  child.stdout.on('data', take)
  child.stderr.on('data', take)
  child.once('close', () => serves.reject(new Error(written)))
  const impatience = setTimeout(() => child.kill('SIGKILL'), patience)

  const stop = async () => {
    const impatience = setTimeout(() => child.kill('SIGKILL'), patience)
    child.kill('SIGINT')
    await exited
    clearTimeout(impatience)
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await serves.promise
    const file = await readFile(join(folder, '.local/stack.json'), 'utf8')
    const description: Description = JSON.parse(file)
    return { ...description, output: () => written, folder, stop }
  } catch (error) {
    await stop()
    throw error
  } finally {
    clearTimeout(impatience)
  }
}
