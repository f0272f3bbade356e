/** The function app of this repository on the local host: its `functions/`, its `host.json`. */
import { readdir } from 'node:fs/promises'
import { readHostJson } from './host/host-json.ts'
import { type Host, startHost } from './host.ts'

/**
 * @param prepare sets the app's settings; called when the port is known, before the functions load
 * @throws what loading throws; `EADDRINUSE`
 */
export async function startFunctionApp(options: {
  port: number
  adminKey: string | undefined
  prepare: (port: number) => void
}): Promise<Host> {
  const { port, adminKey, prepare } = options
  return startHost({
    ...(await readHostJson(new URL('../host.json', import.meta.url))),
    port,
    ...(adminKey === undefined ? {} : { adminKey }),
    async load(address) {
      prepare(address.port)
      await loadFunctions()
    },
  })
}

/** Imports them, as the worker does: what they register goes to whoever is listening. */
export async function loadFunctions(): Promise<void> {
  const folder = new URL('../functions/', import.meta.url)
  const files = (await readdir(folder)).filter((file) => file.endsWith('.ts')).sort()
  for (const file of files) await import(new URL(file, folder).href)
}
