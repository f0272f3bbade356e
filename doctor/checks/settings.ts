/** Parses the app settings like the app at its start. */
import { graph } from '../../shared/downstreams.ts'
import { downstreamsOf } from '../../shared/mcp/define-endpoint.ts'
import { parseSettings, SettingsError } from '../../shared/settings.ts'
import type { Check, Finding } from '../check.ts'

export const settingsCheck: Check = {
  name: 'settings',
  title: 'App settings',
  async look({ environment, endpoints, origin }) {
    try {
      const downstreams = [graph, ...downstreamsOf(endpoints)]
      const { notices, unknown, publicBaseUrl } = parseSettings(await environment(), downstreams)
      return [
        ...[...notices, ...unknown].map(finding),
        ...(publicBaseUrl === origin ? [] : [elsewhere(publicBaseUrl, origin)]),
      ]
    } catch (error) {
      if (error instanceof SettingsError) return error.problems.map(finding)
      throw error
    }
  },
}

const finding = (problem: string): Finding => ({
  seen: problem,
  expected: 'Settings as in README.md, "Settings"; with these the app does not start, or not fully',
  who: 'operator',
  how: 'Correct that setting (in Azure: Environment variables of the function app, or azd env set and azd provision; locally: local.settings.json), then restart the app',
})

const elsewhere = (publicBaseUrl: string, origin: string): Finding => ({
  seen: `The app calls itself ${publicBaseUrl} (PUBLIC_BASE_URL)`,
  expected: `${origin}, where clients reach it; they refuse metadata of another host`,
  who: 'operator',
  how: `Set PUBLIC_BASE_URL to the origin that clients use (azd: CUSTOM_DOMAIN), or run the doctor against ${publicBaseUrl}`,
})
