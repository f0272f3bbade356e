/** Reads and changes ENTRA_ALLOWED_CLIENTS of the function app, through Azure Resource Manager. */
import * as z from 'zod'
import type { AzureApi } from './azure-api.ts'

const version = 'api-version=2024-04-01'
const settings = z.object({ properties: z.record(z.string(), z.string()) })

/** @param functionApp resource id. The functions throw AzureRefusal */
export function allowList(arm: AzureApi, functionApp: string) {
  const path = `${functionApp}/config/appsettings`
  const read = async () => {
    const { properties } = await arm({
      step: 'read the app settings',
      method: 'POST',
      path: `${path}/list?${version}`,
      answer: settings,
    })
    const listed = (properties.ENTRA_ALLOWED_CLIENTS ?? '').split(',')
    const clients = listed.map((it) => it.trim().toLowerCase()).filter(Boolean)
    return { properties, clients }
  }
  return {
    /** An empty list allows every client of the tenant. */
    async allows(clientId: string): Promise<boolean> {
      const { clients } = await read()
      return clients.length === 0 || clients.includes(clientId)
    },
    /** Restarts the app. Azure replaces all settings, so this reads them first. */
    async add(clientId: string): Promise<void> {
      const { properties, clients } = await read()
      const ENTRA_ALLOWED_CLIENTS = [...clients, clientId].join(',')
      await arm({
        step: 'write the app settings',
        method: 'PUT',
        path: `${path}?${version}`,
        body: { properties: { ...properties, ENTRA_ALLOWED_CLIENTS } },
        answer: z.unknown(),
      })
    },
  }
}
