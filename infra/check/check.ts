/**
 * The offline checks of infra/ and azure.yaml, all of them. What they cannot see (quotas, propagation, what a region
 * offers, rules that only a service knows) is for a deployment to find; docs/deploy.md has the list.
 */
import { checkAzureYaml } from './azure-yaml.ts'
import type { CloudName } from './clouds.ts'
import { type Deployment, deploy } from './deployment.ts'
import { checkParameters, parametersWith } from './parameters.ts'
import { flex } from './policies/flex.ts'
import { platform } from './policies/platform.ts'
import { registrations } from './policies/registrations.ts'
import { checkSecrets } from './policies/secrets.ts'
import { collector, type Problem, type Report } from './problem.ts'
import { type Project, readProject } from './project.ts'
import { checkTemplates, readTemplates, type Templates } from './templates.ts'

type Scenario = { cloud: CloudName; environment: Readonly<Record<string, string>> }
const named = { AZURE_ENV_NAME: 'dev', AZURE_LOCATION: 'westeurope' }

/** Ways to deploy that differ: each is evaluated. */
const scenarios: Readonly<Record<string, Scenario>> = {
  'as it is': { cloud: 'AzureCloud', environment: named },
  'a custom domain': {
    cloud: 'AzureCloud',
    environment: { ...named, CUSTOM_DOMAIN: 'mcp.contoso.com' },
  },
  'the default host’s URLs': {
    cloud: 'AzureCloud',
    environment: { ...named, REGISTER_DEFAULT_HOST: 'true' },
  },
  'a subnet': {
    cloud: 'AzureCloud',
    environment: { ...named, SUBNET_ID: '/subscriptions/s/resourceGroups/n/subnets/apps' },
  },
  'lists of clients, a service reference': {
    cloud: 'AzureCloud',
    environment: {
      ...named,
      PRE_AUTHORIZED_CLIENTS:
        'aebc6443-996d-45c2-90f0-388ff96faa56, 77777777-7777-4777-8777-777777777777',
      ALLOWED_CLIENTS: 'aebc6443-996d-45c2-90f0-388ff96faa56',
      ALLOWED_ORIGINS: 'https://make.powerautomate.com',
      SERVICE_MANAGEMENT_REFERENCE: '12345',
    },
  },
  'US Government': { cloud: 'AzureUSGovernment', environment: named },
  China: { cloud: 'AzureChinaCloud', environment: named },
}

export function check(project: Project): Problem[] {
  const { problems, report } = collector()
  checkJson(project, report)
  if (problems.length > 0) return problems
  const templates = readTemplates(project, report)
  checkTemplates(project, templates, report)
  checkSecrets(templates, report)
  const main = templates.get('infra/main.bicep')
  if (main) checkParameters(project, main, report)
  for (const [name, scenario] of Object.entries(scenarios)) {
    const deployment = tryTo(() => deployed(scenario, project, templates))
    if ('failed' in deployment) {
      // Something above has usually said why already.
      report({ file: 'infra/main.bicep', line: 1 }, 'evaluation', `${name}: ${deployment.failed}`)
      continue
    }
    for (const { rule, broken } of [...platform, ...flex, ...registrations]) {
      for (const { message, ...place } of broken(deployment)) report(place, rule, message)
    }
    checkAzureYaml(project, deployment, report)
  }
  const seen = new Map(problems.map((it) => [JSON.stringify(it), it]))
  return [...seen.values()]
}

/** All else reads them. */
function checkJson(project: Project, report: Report) {
  for (const [file, text] of project) {
    if (!file.endsWith('.json')) continue
    try {
      JSON.parse(text)
    } catch (error) {
      report({ file, line: 1 }, 'json', String(error))
    }
  }
}

/** Each of the `scenarios`, evaluated. */
export function deployments(): [name: string, deployment: Deployment][] {
  const project = readProject()
  const templates = readTemplates(project, () => {})
  return Object.entries(scenarios).map(([name, it]) => [name, deployed(it, project, templates)])
}

function deployed({ cloud, environment }: Scenario, project: Project, templates: Templates) {
  const main = templates.get('infra/main.bicep')
  if (!main) throw new Error('infra/main.bicep is missing')
  const parameters = parametersWith(project, main, environment)
  return deploy(project, templates, { parameters, cloud })
}

function tryTo(run: () => Deployment): Deployment | { failed: string } {
  try {
    return run()
  } catch (error) {
    return { failed: error instanceof Error ? error.message : String(error) }
  }
}
