/** Adds a client to ALLOWED_CLIENTS of azd's environment, the allow-list of the next deployment. */
import * as z from 'zod'

/**
 * @param azd runs azd with these arguments, and returns its output
 * @returns a line when something was done or is left to do
 */
export async function keepAllowed(
  clientId: string,
  environment: string | undefined,
  azd: (...args: string[]) => Promise<string>,
): Promise<string | undefined> {
  const of = environment === undefined ? [] : ['--environment', environment]
  // azd fails when the value is not set.
  const given = await azd('env', 'get-value', 'ALLOWED_CLIENTS', ...of).catch(() => '')
  const clients = given.split(',').flatMap((it) => z.guid().safeParse(it.trim()).data ?? [])
  if (clients.includes(clientId)) return undefined
  const set = ['env', 'set', 'ALLOWED_CLIENTS', [...clients, clientId].join(','), ...of]
  try {
    await azd(...set)
    return `Added ${clientId} to ALLOWED_CLIENTS of azd’s environment, for the next azd provision.`
  } catch {
    return `The next azd provision would remove ${clientId} from the allow-list. Add it first: azd ${set.join(' ')}`
  }
}
