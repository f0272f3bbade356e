/** A subject of a benchmark: a server in its own process, which reports its CPU and memory. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, open, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as z from 'zod'
import type { Era } from './call.ts'

export type SubjectKind = {
  name: string
  /** The protocol eras that it serves. */
  eras: readonly Era[]
  program: URL
  environment?: Readonly<Record<string, string>>
}

export type Subject = SubjectKind & {
  /** Its MCP endpoint. */
  url: string
  used: () => Promise<Used>
  /** Bytes of heap and buffers after a garbage collection. */
  memory: () => Promise<number>
  close: () => Promise<void>
}

/** Since the start of the process. `memoryBytes` is 0 unless asked for. */
export type Used = { cpuMicroseconds: number; memoryBytes: number }

/** @throws an Error with the program's log when it exits instead of serving */
export async function startSubject(
  kind: SubjectKind,
  settings: Readonly<Record<string, string>>,
): Promise<Subject> {
  // An empty folder, without the repository's settings file; the log goes there, too.
  const cwd = await mkdtemp(join(tmpdir(), 'bench-'))
  const logFile = join(cwd, 'log')
  const log = await open(logFile, 'w')
  const { PATH = '' } = process.env
  const child = fork(kind.program, {
    cwd,
    env: { PATH, NODE_ENV: 'production', PORT: '0', ...settings, ...kind.environment },
    execArgv: ['--expose-gc', '--import', import.meta.resolve('./probe.mjs')],
    stdio: ['ignore', 'pipe', log.fd, 'ipc'],
  })
  await log.close()
  const close = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      // Let it exit by itself, since V8 writes its compile cache at exit.
      const impatience = setTimeout(() => child.kill('SIGKILL'), 3000)
      if (child.connected) child.disconnect()
      await once(child, 'exit')
      clearTimeout(impatience)
    }
    await rm(cwd, { recursive: true, force: true })
  }
  try {
    const url = await announced(child)
    return {
      ...kind,
      url,
      used: () => ask(child, 'used'),
      memory: async () => (await ask(child, 'memory')).memoryBytes,
      close,
    }
  } catch (error) {
    const said = await readFile(logFile, 'utf8')
    await close()
    throw new Error(`${kind.name} did not start. ${said}`, { cause: error })
  }
}

/** The endpoint's URL, which a subject prints first. Discards later output. */
function announced(child: ChildProcess): Promise<string> {
  const ready = Promise.withResolvers<string>()
  let said = ''
  child.stdout?.on('data', (chunk) => {
    said = `${said}${chunk}`.slice(-10_000)
    const url = /http:\S+\/mcp\/cost/.exec(said)?.[0]
    if (url) ready.resolve(url)
  })
  child.once('exit', () => ready.reject(new Error('It exited')))
  return ready.promise
}

const used = z.object({ cpuMicroseconds: z.number(), memoryBytes: z.number() })

async function ask(child: ChildProcess, question: 'used' | 'memory'): Promise<Used> {
  child.send(question)
  return used.parse((await once(child, 'message'))[0])
}
