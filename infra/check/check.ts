/**
 * All that is checked of a deployment without a compiler: policies over the snapshots, azd's files, and that the snapshots
 * are those of these templates. What the compiler checks is done when a snapshot is made; docs/deploy.md lists what
 * neither sees.
 */
import { wrongInAzureYaml } from './azure-yaml.ts'
import { wrongParameters } from './parameters.ts'
import { oneCloud } from './policies/clouds.ts'
import { flex } from './policies/flex.ts'
import { platform } from './policies/platform.ts'
import type { Problem } from './policies/policy.ts'
import { registrations } from './policies/registrations.ts'
import { secrets } from './policies/secrets.ts'
import { hashOfTemplates, type Project, readProject, textOf } from './project.ts'
import { type Deployment, madeFrom, madeFromFile, readSnapshots } from './snapshot.ts'

const policies = [...platform, ...flex, ...registrations, ...secrets, ...oneCloud]

/** Of a project's files, and of its deployments unless others are given. */
export function check(project: Project, deployments = readSnapshots(project)): Problem[] {
  const broken = [...deployments].flatMap(([name, deployment]) =>
    policies.flatMap(({ rule, broken }) =>
      broken(deployment).map((message) => ({ rule, message: `${name}: ${message}` })),
    ),
  )
  const [first] = deployments.values()
  const found = [
    ...broken,
    ...(first ? wrongInAzureYaml(project, first) : []),
    ...wrongParameters(project),
    ...wrongExtension(project),
  ]
  return isCurrent(project) ? found : [{ rule: 'snapshot', message: stale }, ...found]
}

/** Whether the snapshots are of these templates. */
export function isCurrent(project = readProject()): boolean {
  const { templates } = madeFrom.parse(JSON.parse(textOf(project, madeFromFile)))
  return templates === hashOfTemplates(project)
}

export const stale =
  'infra/snapshots is of other templates: npm run infra:snapshot (CONTRIBUTING.md)'

/** A later or a beta extension has other types than those in infra/types. */
function wrongExtension(project: Project): Problem[] {
  const config = textOf(project, 'infra/bicepconfig.json')
  const isPublished = config.includes('/extensions/microsoftgraph/v1.0:1.0.0"')
  return isPublished ? [] : [{ rule: 'graph-extension', message: 'is v1.0 in version 1.0.0' }]
}

/** Each scenario, as the committed snapshot has it. */
export const deployments = (): ReadonlyMap<string, Deployment> => readSnapshots(readProject())
