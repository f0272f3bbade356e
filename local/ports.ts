/** Ports: finds free ones, reads their settings, and explains those that cannot be bound. */
import { randomInt } from 'node:crypto'
import { createServer } from 'node:http'
import { listen } from './host/listen.ts'
import { SettingsError } from './settings-file.ts'

/**
 * A free port, for callers that must know it before they bind it. Below the ephemeral range (from 32768 on Linux, higher
 * elsewhere), so that no other connection or server takes it meanwhile.
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

/** 0: any free port. @throws SettingsError when the setting is not a port */
export function portSetting(name: string, byDefault: number): number {
  const value = process.env[name]?.trim()
  if (!value) return byDefault
  const port = /^\d{1,5}$/.test(value) ? Number(value) : Number.NaN
  if (port <= 65_535) return port
  throw new SettingsError(`${name} must be a port (a number from 0 to 65535).`)
}

/** Runs `start`. @throws SettingsError, which names the setting, when the port is taken or not permitted */
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
    return new SettingsError(`Port ${port} is in use. Set ${setting} to another port.`)
  if (code === 'EACCES')
    return new SettingsError(`Port ${port} is not permitted. Set ${setting} to another port.`)
  return undefined
}

const codeOf = (error: unknown) =>
  error instanceof Error && 'code' in error ? error.code : undefined
