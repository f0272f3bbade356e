/**
 * Azurite's Table server, the real npm package, as a child process that keeps everything in memory and
 * ends with us. Knows nothing of what is stored in it.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { freePort } from './ports.ts'

export type Tables = {
  /** Of the well-known development account, without trailing slash. */
  url: string
  /** Connection string with that account's key, which everybody knows. */
  connection: string
  close(): Promise<void>
}

/**
 * @param options.port 0 for any free one
 * @param options.onDeath told how it ended, unless it was closed
 * @throws `EADDRINUSE`, or what Azurite said when it did not start
 */
export async function startTables(options: {
  port: number
  onDeath?: (how: string) => void
}): Promise<Tables> {
  const { onDeath = () => {} } = options
  const port = options.port || (await freePort())
  const server = fork(
    fileURLToPath(import.meta.resolve('azurite/dist/src/table/main.js')),
    [
      ...['--tableHost', '127.0.0.1', '--tablePort', String(port)],
      ...['--inMemoryPersistence', '--skipApiVersionCheck', '--disableTelemetry', '--silent'],
    ],
    {
      // However we end, the channel breaks: nothing is left behind, not even after SIGKILL.
      execArgv: ['--import', 'data:text/javascript,process.on("disconnect",()=>process.exit())'],
      env: { ...process.env, AZURITE_ACCOUNTS: '' },
      silent: true,
    },
  )
  const died = (code: number | null, signal: string | null) =>
    onDeath(signal ? `by ${signal}` : `with exit code ${code}`)
  const close = async () => {
    server.off('exit', died)
    if (server.exitCode !== null || server.signalCode !== null) return
    server.kill('SIGKILL')
    await once(server, 'exit')
  }
  try {
    await started(server)
  } catch (error) {
    await close()
    throw error
  }
  server.once('exit', died)
  const url = `http://localhost:${port}/devstoreaccount1`
  return { url, connection: connectionTo(url), close }
}

/** `url`: of the table service, or of something in front of it. */
export function connectionTo(url: string): string {
  return Object.entries({
    DefaultEndpointsProtocol: 'http',
    AccountName: 'devstoreaccount1',
    AccountKey:
      'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==',
    TableEndpoint: url,
  })
    .map(([name, value]) => `${name}=${value}`)
    .join(';')
}

/** Its own word that it serves, not an open port: that could be somebody else's. */
async function started(server: ChildProcess): Promise<void> {
  const { stdout, stderr } = server
  if (!stdout || !stderr) throw new Error('Azurite has no output to read')
  const complaint = text(stderr)
  const ready = Promise.withResolvers<void>()
  const deadline = setTimeout(
    () => ready.reject(new Error('Azurite did not start within 30 s')),
    30_000,
  )
  stdout.on('data', (chunk) => String(chunk).includes('successfully started') && ready.resolve())
  server.once('exit', async () => {
    const said = (await complaint).trim()
    const code = said.includes('EADDRINUSE') ? 'EADDRINUSE' : 'EAZURITE'
    ready.reject(Object.assign(new Error(`Azurite did not start. ${said}`), { code }))
  })
  try {
    await ready.promise
  } finally {
    clearTimeout(deadline)
  }
}
