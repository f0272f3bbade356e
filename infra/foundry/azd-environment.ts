/** ALLOWED_CLIENTS of azd's environment: what the next deployment puts into the function app's allow-list. */
import * as z from 'zod'

/**
 * @param azd runs azd with these arguments, and gives what it prints
 * @returns a sentence for a person, when something was done or is left to do
 */
export async function keepAllowed(
  clientId: string,
  environment: string | undefined,
  azd: (...args: string[]) => Promise<string>,
): Promise<string | undefined> {
  const of = environment === undefined ? [] : ['--environment', environment]
  // azd fails for a value that is not set.
  const given = await azd('env', 'get-value', 'ALLOWED_CLIENTS', ...of).catch(() => '')
  const clients = given.split(',').flatMap((it) => z.guid().safeParse(it.trim()).data ?? [])
  if (clients.includes(clientId)) return undefined
  const set = ['env', 'set', 'ALLOWED_CLIENTS', [...clients, clientId].join(','), ...of]
  try {
    await azd(...set)
    return `Keeps ${clientId} in ALLOWED_CLIENTS of azd’s environment, for the next azd provision.`
  } catch {
    return `The next azd provision would forget ${clientId}. Add the id to ALLOWED_CLIENTS first: azd ${set.join(' ')}`
  }
}
