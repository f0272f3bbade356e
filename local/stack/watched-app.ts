/**
 * The function app of `npm start -- --watch`, in its own process (app-process.ts), which restarts when a source changes.
 * The emulators keep running, and with them users, tokens and consents.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { listen } from '../host/listen.ts'
import type { AppProcess } from './app-process.ts'
import { watchFolders } from './watch-folders.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const program = fileURLToPath(new URL('app-process.ts', import.meta.url))
const folders = ['functions', 'shared', 'pages']
const isSource = /\.(ts|css|json)$/
/** Milliseconds: saving all files, or a checkout, counts as one change. */
const settle = 100

/** Prints why the app does not start; the next change tries again. @throws `EADDRINUSE` */
export async function startWatchedApp(given: AppProcess): Promise<{ close(): Promise<void> }> {
  const probe = await listen(createServer(), given.port)
  await probe.close()

  let child = await start(given)
  let closing = false
  const changed = new Set<string>()
  const restart = async () => {
    await setTimeout(settle)
    const names = [...changed].sort().join(', ')
    changed.clear()
    console.log(`${names} changed: restarting the functions.`)
    await end(child)
    if (closing) return
    const begun = Date.now()
    child = await start(given)
    if (isRunning(child)) console.log(`The functions restarted in ${Date.now() - begun} ms.`)
  }
  let restarting = Promise.resolve()
  const watching = watchFolders({
    ...{ root, folders, isSource },
    onChange(file) {
      if (changed.size === 0) restarting = restarting.then(restart)
      changed.add(file)
    },
  })
  return {
    async close() {
      closing = true
      watching.close()
      await Promise.all([end(child), restarting])
      await end(child)
    },
  }
}

/** Resolves when it serves, or has exited. */
async function start(given: AppProcess): Promise<ChildProcess> {
  const child = fork(program)
  child.once('exit', () => {
    if (!child.killed) console.log('The functions have stopped. The next change restarts them.')
  })
  child.send(given)
  await Promise.race([once(child, 'message'), once(child, 'exit')])
  return child
}

const isRunning = ({ exitCode, signalCode }: ChildProcess) =>
  exitCode === null && signalCode === null

async function end(child: ChildProcess): Promise<void> {
  if (!isRunning(child)) return
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}
