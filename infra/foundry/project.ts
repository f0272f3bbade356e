/** Parses the resource id of a Foundry project. */
import { Missing } from './remedy.ts'

export type Project = {
  /** The resource id, without trailing slash. */
  id: string
  account: string
  name: string
}

const guid = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'
const pattern = new RegExp(
  `^/subscriptions/${guid}/resourceGroups/[^/?#]+/providers/Microsoft\\.CognitiveServices/accounts/(?<account>[\\w.-]+)/projects/(?<name>[\\w.-]+)$`,
  'i',
)

/** @throws Missing for anything else, with the command that lists project ids */
export function parseProject(id: string): Project {
  const { account, name } = pattern.exec(id)?.groups ?? {}
  if (account === undefined || name === undefined) {
    throw new Missing(
      '--project is not the resource id of a Foundry project (/subscriptions/…/accounts/…/projects/…).\nFind it: az resource list --resource-type Microsoft.CognitiveServices/accounts/projects --query [].id',
    )
  }
  return { id, account, name }
}
