/** What `host.json` says to the local host: the same file that the real one reads. */
import { readFile } from 'node:fs/promises'
import * as z from 'zod'

const hostJson = z.object({
  functionTimeout: z
    .string()
    .regex(/^\d\d:\d\d:\d\d$/)
    .optional(),
  extensions: z
    .object({
      http: z.object({
        routePrefix: z.string().optional(),
        customHeaders: z.record(z.string(), z.string()).optional(),
      }),
    })
    .optional(),
})

export type HostJson = {
  routePrefix: string
  /** Put on each answer that has none of that name. */
  customHeaders: Record<string, string>
  functionTimeoutMs: number
}

export async function readHostJson(file: URL): Promise<HostJson> {
  const { functionTimeout, extensions } = hostJson.parse(JSON.parse(await readFile(file, 'utf8')))
  const [hours = 0, minutes = 30, seconds = 0] = functionTimeout?.split(':').map(Number) ?? []
  return {
    routePrefix: extensions?.http.routePrefix ?? 'api',
    customHeaders: extensions?.http.customHeaders ?? {},
    functionTimeoutMs: ((hours * 60 + minutes) * 60 + seconds) * 1000,
  }
}
