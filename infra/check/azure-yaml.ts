/** azure.yaml: against azd's schema, and by rules of our own where that is too open to notice a mistake. */
import { readFileSync } from 'node:fs'
import { Ajv2019 } from 'ajv/dist/2019.js'
import { parseDocument } from 'yaml'
import * as z from 'zod'
import type { Problem } from './policies/policy.ts'
import { type Project, textOf } from './project.ts'
import type { Deployment } from './snapshot.ts'
import { at, same } from './value.ts'

const ajv = new Ajv2019({ strict: false, allErrors: true })
const schema = new URL('../types/azure.yaml.schema.json', import.meta.url)
const isValid = ajv.compile(JSON.parse(readFileSync(schema, 'utf8')))

const script = z.looseObject({
  run: z.string(),
  kind: z.string().optional(),
  shell: z.string().optional(),
})
const hook = z.union([
  script.transform((it) => [it]),
  z.object({ posix: script, windows: script }).transform(({ posix, windows }) => [posix, windows]),
])
const hooks = z
  .record(z.string(), z.union([hook, z.array(hook).transform((each) => each.flat())]))
  .default({})
const own = z.looseObject({
  hooks,
  services: z.record(z.string(), z.looseObject({ host: z.string(), language: z.string(), hooks })),
})

/** Why a deployment would fail, or send something else, without each. */
const needed: readonly [rule: string, service: boolean, event: string, run: string][] = [
  ['azd-package', true, 'prepackage', './infra/hooks/bundle.ts'],
  ['azd-keys', false, 'postprovision', './infra/hooks/cache-keys.ts'],
  ['azd-clients', false, 'postprovision', './infra/hooks/clients.ts'],
]
/** azd's schema takes any name. */
const serviceKeys = ['project', 'host', 'language', 'dist', 'remoteBuild', 'hooks']

export function wrongInAzureYaml(project: Project, { resources }: Deployment): Problem[] {
  const document = parseDocument(textOf(project, 'azure.yaml'))
  const value: unknown = document.toJS()
  isValid(value)
  const complaints = [
    ...document.errors.map(({ message }) => message),
    ...(isValid.errors ?? []).map(
      (it) => `${it.instancePath} ${it.message} ${JSON.stringify(it.params)}`,
    ),
  ]
  const read = own.safeParse(value)
  if (!read.success) complaints.push(z.prettifyError(read.error))
  const found = complaints.map((message): Problem => ({ rule: 'azure-yaml', message }))
  if (!read.success) return found

  const { services, hooks: provisioning, infra } = read.data
  const tags = Object.values(resources).flatMap((it) => at(it, 'tags.azd-service-name'))
  const check = (isRight: boolean, rule: string, message: string) => {
    if (!isRight) found.push({ rule, message })
  }
  check(infra === undefined, 'azd-infra', 'the templates are in infra/, where azd looks')
  for (const [name, service] of Object.entries(services)) {
    check(service.host === 'function', 'azd-host', `host is function, not ${service.host}`)
    check(['ts', 'js'].includes(service.language), 'azd-language', `azd has no ${service.language}`)
    check(service.remoteBuild === false, 'azd-build', 'the bundle is sent as it is')
    const sent = [service.project, service.dist]
    check(same(sent, ['.', '.package']), 'azd-package', 'only .package is sent')
    check(tags.includes(name), 'azd-service-name', `no resource has the tag of ${name}`)
    for (const key of Object.keys(service)) {
      check(serviceKeys.includes(key), 'azd-key', `a service has no ${key}`)
    }
  }
  const byService = Object.values(services).map((service) => service.hooks)
  for (const [rule, isOfService, event, run] of needed) {
    const places = isOfService ? byService : [provisioning]
    const runs = places.flatMap((it) => it[event] ?? []).map((it) => it.run)
    check(runs.includes(run), rule, `${event} runs ${run}`)
  }
  for (const [event, scripts] of [provisioning, ...byService].flatMap(Object.entries)) {
    for (const { run, kind, shell, continueOnError } of scripts) {
      const file = shell ? run.replace(/^node /, '') : run.replace(/^\.\//, '')
      check(project.has(file), 'azd-hook', `there is no ${run}`)
      check(shell !== undefined || kind === 'ts', 'azd-hook', `${run} is of the kind ts`)
      const maySkip = event === 'postdown' || continueOnError !== true
      check(maySkip, 'azd-continue', `${run}: a failure has to stop azd`)
    }
  }
  return found
}
