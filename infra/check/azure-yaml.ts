/** azure.yaml: against azd's schema, and by rules of our own where that is too open to notice a mistake. */
import { readFileSync } from 'node:fs'
import { Ajv2019 } from 'ajv/dist/2019.js'
import { parseDocument } from 'yaml'
import * as z from 'zod'
import type { Problem } from './policies/policy.ts'
import { type Project, textOf } from './project.ts'
import type { Deployment } from './snapshot.ts'
import { at } from './value.ts'

const ajv = new Ajv2019({ strict: false, allErrors: true })
const schema = new URL('../types/azure.yaml.schema.json', import.meta.url)
const isValid = ajv.compile(JSON.parse(readFileSync(schema, 'utf8')))

const text = z.string().optional()
const script = z.looseObject({ run: z.string(), kind: text, shell: text })
const hook = z.union([
  script.transform((it) => [it]),
  z.object({ posix: script, windows: script }).transform(({ posix, windows }) => [posix, windows]),
])
const hooks = z
  .record(z.string(), z.union([hook, z.array(hook).transform((each) => each.flat())]))
  .default({})
const own = z.looseObject({
  hooks,
  services: z.record(z.string(), z.looseObject({ hooks })),
})

/** Why a deployment would fail, or send something else, without each. */
const needed: readonly [rule: string, service: boolean, event: string, run: string][] = [
  ['azd-package', true, 'prepackage', './infra/hooks/bundle.ts'],
  ['azd-keys', false, 'postprovision', './infra/hooks/cache-keys.ts'],
  ['azd-clients', false, 'postprovision', './infra/hooks/clients.ts'],
]
/** The bundle is sent as it is, and nothing else. azd's schema takes any key, and any value of these. */
const service: Readonly<Record<string, [value: unknown, rule: string]>> = {
  project: ['.', 'azd-package'],
  host: ['function', 'azd-host'],
  language: ['ts', 'azd-language'],
  dist: ['.package', 'azd-package'],
  remoteBuild: [false, 'azd-build'],
}

export function wrongInAzureYaml(project: Project, { resources }: Deployment): Problem[] {
  const document = parseDocument(textOf(project, 'azure.yaml'))
  const value: unknown = document.toJS()
  isValid(value)
  const complaints = [
    ...document.errors.map(({ message }) => message),
    ...(isValid.errors ?? []).map((it) => `${it.instancePath} ${it.message}`),
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
  for (const [name, { hooks: _, ...given }] of Object.entries(services)) {
    check(tags.includes(name), 'azd-service-name', `no resource has the tag of ${name}`)
    for (const key of new Set([...Object.keys(service), ...Object.keys(given)])) {
      const [value, rule] = service[key] ?? [undefined, 'azd-key']
      check(given[key] === value, rule, `${key} of ${name} has to be ${value}`)
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
