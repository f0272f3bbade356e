/** Secrets in templates: none comes in, none is fetched, none goes out; and nothing is written down that a cloud decides. */
import type { Report } from '../problem.ts'
import { literal, type Template, within } from '../syntax.ts'
import { callsIn, type Templates } from '../templates.ts'

/** As in names: `adminPassword`, `cacheKeys`, `CLIENT_SECRET`. */
const secretive = /secret|password|keys?$|connection_?string/i
/** Properties that open something, or that a person would take for a key. */
const opening = /^(connectionString|instrumentationKey|primaryKey|key1|key2|value)$/i
const cloudHosts =
  /login\.microsoftonline\.|login\.chinacloudapi|management\.(azure|usgov|chinacloud)|\.vault\.|core\.windows/

export function checkSecrets(templates: Templates, report: Report): void {
  for (const template of templates.values()) {
    const { file, parameters, outputs } = template
    for (const { name, line } of parameters) {
      if (secretive.test(name)) {
        report(
          { file, line },
          'secret-parameter',
          `${name} would stand in the deployment’s history`,
        )
      }
    }
    for (const { name, line, value } of outputs) {
      const opens = [...within(value)].some(
        (it) => it.kind === 'member' && opening.test(it.property),
      )
      if (secretive.test(name) || (opens && !isIngestion(template, name))) {
        report({ file, line }, 'secret-output', `${name} would stand in the deployment’s history`)
      }
    }
    for (const { name, line } of callsIn(template)) {
      if (/^\.?list[A-Z]/.test(name)) {
        report(
          { file, line },
          'listed-key',
          `${name} fetches a key: identities have no need of one`,
        )
      }
    }
    checkHosts(template, report)
  }
}

/** The connection string of Application Insights says where logs go; with local authentication off it opens nothing. */
const isIngestion = ({ file }: Template, name: string) =>
  file === 'infra/modules/observability.bicep' && name === 'ingestion'

function checkHosts({ file, variables, resources, modules, outputs }: Template, report: Report) {
  for (const { value } of [...variables, ...resources, ...modules, ...outputs]) {
    for (const it of within(value)) {
      const text = it.kind === 'string' ? it.parts.filter((part) => typeof part === 'string') : []
      if (cloudHosts.test(literal(it) ?? text.join(' '))) {
        report(
          { file, line: it.line },
          'cloud-host',
          'environment() knows this host in every cloud',
        )
      }
    }
  }
}
