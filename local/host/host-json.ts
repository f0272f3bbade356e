/** Reads the settings of host.json that the local host supports. */
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
  /** Added to responses without a header of that name. */
  customHeaders: Record<string, string>
  functionTimeoutMs: number
}

/** https://learn.microsoft.com/azure/azure-functions/functions-host-json */
export async function readHostJson(file: URL): Promise<HostJson> {
  const { functionTimeout, extensions } = hostJson.parse(JSON.parse(await readFile(file, 'utf8')))
  const [hours = 0, minutes = 30, seconds = 0] = functionTimeout?.split(':').map(Number) ?? []
  return {
    routePrefix: extensions?.http.routePrefix ?? 'api',
    customHeaders: extensions?.http.customHeaders ?? {},
    functionTimeoutMs: ((hours * 60 + minutes) * 60 + seconds) * 1000,
  }
}
