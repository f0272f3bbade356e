/** `npm run serve` as a process of its own, on a free port and in an empty folder; and calls to it as MCP clients make them. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'
import { toolCall } from './tool-call.ts'

export type ServedApp = {
  origin: string
  /** Called with each line that it logs from now on. */
  onLine: (listener: (line: string) => void) => void
  /** Bytes that it holds, after its garbage has been collected. */
  memory: () => Promise<number>
  /** Ends at once, like a computer that fails. */
  kill: () => Promise<void>
}

const program = fileURLToPath(new URL('../../local/serve.ts', import.meta.url))
const patience = 30_000
/** Answers every message with the memory in use, and ends with the parent. */
const attendant = `
  process.on('disconnect', () => process.exit())
  process.on('message', () => {
    gc()
    const { heapUsed, external } = process.memoryUsage()
    process.send(heapUsed + external)
  })`

/** @throws with its output, when it ends before it serves */
export async function serveApp(settings: Record<string, string>): Promise<ServedApp> {
  const cwd = await mkdtemp(join(tmpdir(), 'serve-'))
  const child = fork(program, {
    cwd,
    env: { PATH: process.env.PATH, PORT: '0', ...settings },
    execArgv: ['--expose-gc', '--import', `data:text/javascript,${encodeURIComponent(attendant)}`],
    silent: true,
  })
  const { stdout, stderr } = child
  if (!stdout || !stderr) throw new Error('the app has no output to read')
  const exited = once(child, 'exit')
  const listeners: ((line: string) => void)[] = []
  const said: string[] = []
  const origin = Promise.withResolvers<string>()
  for (const input of [stdout, stderr]) {
    createInterface({ input }).on('line', (line) => {
      for (const listener of listeners) listener(line)
      if (said.length < 100) said.push(line)
      const [, found] = /^(http:\S+)\/mcp\/cost /.exec(line) ?? []
      if (found) origin.resolve(found)
    })
  }
  const impatience = setTimeout(() => child.kill('SIGKILL'), patience)
  child.once('close', () => origin.reject(new Error(said.join('\n'))))
  const kill = async () => {
    child.kill('SIGKILL')
    await exited
    await rm(cwd, { recursive: true, force: true })
  }
  try {
    return {
      origin: await origin.promise,
      onLine: (listener) => listeners.push(listener),
      async memory() {
        const answer = once(child, 'message', { signal: AbortSignal.timeout(patience) })
        child.send('memory')
        return z
          .tuple([z.number()])
          .rest(z.unknown())
          .parse(await answer)[0]
      },
      kill,
    }
  } catch (error) {
    await kill()
    throw error
  } finally {
    clearTimeout(impatience)
  }
}

const answer = z.object({
  result: z.object({
    structuredContent: z
      .object({ subscriptions: z.array(z.object({ id: z.string() })) })
      .exactOptional(),
    isError: z.boolean().exactOptional(),
    content: z.array(z.looseObject({ text: z.string() })),
  }),
})

export type Listing = { status: number; subscriptions: string[] | undefined; text: string }

/** Calls `list_subscriptions`; the ids that it answered, when it did. */
export async function listSubscriptions(origin: string, token: string): Promise<Listing> {
  const response = await fetch(`${origin}/mcp/cost`, {
    ...toolCall(token, 'list_subscriptions'),
    signal: AbortSignal.timeout(patience),
  })
  const text = await response.text()
  const { status } = response
  if (status !== 200) return { status, subscriptions: undefined, text }
  const { structuredContent } = answer.parse(JSON.parse(text)).result
  return { status, subscriptions: structuredContent?.subscriptions.map(({ id }) => id), text }
}
