/**
 * `npm run serve`: the functions alone, without emulators. Settings come from the environment, then from
 * local.settings.json.
 */
import { startFunctionApp } from './function-app.ts'
import { onPort, portSetting } from './ports.ts'
import { readSettingsFile } from './settings-file.ts'
import { closeOnSignal, orExplain } from './stop.ts'

await orExplain(async () => {
  process.env = { ...(await readSettingsFile('local.settings.json')), ...process.env }
  const host = await onPort({ port: portSetting('PORT', 7071), setting: 'PORT' }, (port) =>
    startFunctionApp({
      port,
      adminKey: process.env.LOCAL_ADMIN_KEY,
      // The app derives its own address from it, unless PUBLIC_BASE_URL is set.
      prepare: (bound) => {
        process.env.PORT = String(bound)
      },
    }),
  )
  closeOnSignal(host.close)
  for (const { template, methods } of host.routes) {
    console.log(`${new URL(template, host.origin)} (${methods.join(', ')})`)
  }
})
