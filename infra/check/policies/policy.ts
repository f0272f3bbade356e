/** What a policy is: something that has to hold of a deployment, whatever its parameters. */
import type { Deployed, Deployment } from '../deployment.ts'
import type { Place } from '../problem.ts'

export type Broken = Place & { message: string }
export type Policy = { rule: string; broken: (deployment: Deployment) => readonly Broken[] }

/** One of every resource of a type. */
export function each(
  type: string,
  rule: string,
  message: string,
  holds: (resource: Deployed, deployment: Deployment) => boolean,
): Policy {
  return {
    rule,
    broken: (deployment) =>
      of(deployment, type)
        .filter((resource) => !holds(resource, deployment))
        .map(({ file, line, name }) => ({ file, line, message: `${name}: ${message}` })),
  }
}

export const of = ({ resources }: Deployment, type: string): Deployed[] =>
  resources.filter((it) => it.type === type)
