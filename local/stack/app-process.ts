/** The functions in a process of their own, with the settings that watched-app.ts sends; ends with that. */
import { startFunctionApp } from '../function-app.ts'
import { orExplain } from '../stop.ts'
import { type Parts, useLocalSettings } from './settings.ts'

export type AppProcess = { port: number; adminKey: string; settings: Parts }

// Ctrl-C reaches both; the parent decides.
process.on('SIGINT', () => {})
process.once('disconnect', () => process.exit(1))
process.once('message', ({ port, adminKey, settings }: AppProcess) =>
  orExplain(async () => {
    await startFunctionApp({ port, adminKey, prepare: () => useLocalSettings(settings) })
    process.send?.('serving')
  }),
)
