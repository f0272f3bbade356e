/** The functions in their own process, with settings from watched-app.ts. Exits with its parent. */
import { startFunctionApp } from '../function-app.ts'
import { orExplain } from '../stop.ts'
import { type Parts, useLocalSettings } from './settings.ts'

export type AppProcess = { port: number; adminKey: string; settings: Parts }

// Ctrl-C reaches both processes; the parent stops this one.
process.on('SIGINT', () => {})
process.once('disconnect', () => process.exit(1))
process.once('message', ({ port, adminKey, settings }: AppProcess) =>
  orExplain(async () => {
    await startFunctionApp({ port, adminKey, prepare: () => useLocalSettings(settings) })
    process.send?.('serving')
  }),
)
