/** Completes a {@link Subject}. Settings are read and parsed once, when a check first needs them. */
import { graph } from '../shared/downstreams.ts'
import { downstreamsOf } from '../shared/mcp/define-endpoint.ts'
import { createServices } from '../shared/services.ts'
import { parseSettings, SettingsError } from '../shared/settings.ts'
import { NotSeen, type Subject } from './check.ts'

/** `services` throws NotSeen when the app settings are invalid. */
export function subjectOf(
  place: Omit<Subject, 'services' | 'fetch' | 'now'> & Partial<Pick<Subject, 'fetch' | 'now'>>,
): Subject {
  const { fetch = globalThis.fetch, now = Date.now } = place
  const environment = once(place.environment)
  const services = once(async () => {
    try {
      const settings = parseSettings(await environment(), [
        graph,
        ...downstreamsOf(place.endpoints),
      ])
      // The doctor stores nothing: no table, no log.
      return createServices({ ...settings, tokenTable: undefined }, { fetch, now, log: () => {} })
    } catch (error) {
      if (error instanceof SettingsError) throw new NotSeen('The app settings are invalid')
      throw error
    }
  })
  return { ...place, environment, services, fetch, now }
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => {
    made ??= make()
    return made
  }
}
