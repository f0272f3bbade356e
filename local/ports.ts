/** Ports: free ones, those that settings move, and sentences for those that cannot be had. */
import { randomInt } from 'node:crypto'
import { createServer } from 'node:http'
import { listen } from './host/listen.ts'
import { SettingsError } from './settings-file.ts'

/**
 * For who has to name a port before binding it. Below the range that systems pick from by themselves (from 32768 on
 * Linux, higher elsewhere): no connection and no server on "any port" takes it in between.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const wanted = randomInt(20_000, 32_768)
    try {
      const { port, close } = await listen(createServer(), wanted)
      await close()
      return port
    } catch (error) {
      if (codeOf(error) !== 'EADDRINUSE') throw error
    }
  }
}

/** @throws when the setting is no port; 0 is any free one. */
export function portSetting(name: string, byDefault: number): number {
  const value = process.env[name]?.trim()
  if (!value) return byDefault
  const port = /^\d{1,5}$/.test(value) ? Number(value) : Number.NaN
  if (port <= 65_535) return port
  throw new SettingsError(`${name} must be a port (a number from 0 to 65535).`)
}

/** Says, when `start` finds its port taken, which setting moves it. */
export async function onPort<Started>(
  { port, setting }: { port: number; setting: string },
  start: (port: number) => Promise<Started>,
): Promise<Started> {
  try {
    return await start(port)
  } catch (error) {
    throw refusal(error, { port, setting }) ?? error
  }
}

function refusal(error: unknown, { port, setting }: { port: number; setting: string }) {
  const code = codeOf(error)
  if (code === 'EADDRINUSE')
    return new SettingsError(`Port ${port} is taken; set ${setting} to another one.`)
  if (code === 'EACCES')
    return new SettingsError(`Port ${port} is not allowed here; set ${setting} to another one.`)
  return undefined
}

const codeOf = (error: unknown) =>
  error instanceof Error && 'code' in error ? error.code : undefined
