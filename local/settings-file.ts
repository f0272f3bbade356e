/** Reads `Values` of local.settings.json, Azure Functions' file for local app settings. */
import { readFile } from 'node:fs/promises'
import * as z from 'zod'

const settingsFile = z.object({ Values: z.record(z.string(), z.string()).default({}) })

/**
 * Empty when the file does not exist.
 * @throws SettingsError, which names the file and its problems, never a value
 */
export async function readSettingsFile(path: string): Promise<Record<string, string>> {
  const source = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (source === undefined) return {}
  const parsed = settingsFile.safeParse(parseJson(source, path))
  if (parsed.success) return parsed.data.Values
  const problems = parsed.error.issues.map(({ path: at, message }) => `${at.join('.')}: ${message}`)
  throw new SettingsError(`${path} is invalid. ${problems.join('; ')}`)
}

/** Its message is for the person who starts the app; printed without a stack trace. */
export class SettingsError extends Error {
  override name = 'SettingsError'
}

function parseJson(source: string, path: string): unknown {
  try {
    return JSON.parse(source.replace(/^\uFEFF/, ''))
  } catch (error) {
    // Only the position: V8's message quotes the text, which may contain a secret.
    const place = /line \d+ column \d+/.exec(String(error))?.[0]
    throw new SettingsError(`${path} is not valid JSON${place ? ` (${place})` : ''}.`)
  }
}
