/** Runs Azurite's Table server (the npm package) as a child process, in memory, for as long as this process lives. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { freePort } from './ports.ts'

export type Tables = {
  /** URL of the development account, without trailing slash. */
  url: string
  /** Connection string with the account's published key. */
  connection: string
  close(): Promise<void>
}

/**
 * @param options.port 0: any free port
 * @param options.onDeath called with how it ended, unless it was closed
 * @throws an Error with Azurite's output when it does not start; code `EADDRINUSE` when the port is taken
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
      // However this process ends, even by SIGKILL, the channel breaks and the child exits.
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

/** @param url of the table service, or a proxy in front of it */
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

/** Waits for Azurite's own message: an open port could belong to another process. */
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
