/** azure.yaml: against azd's schema, and by rules of our own where that is too open to notice a mistake. */
import { readFileSync } from 'node:fs'
import { Ajv2019 } from 'ajv/dist/2019.js'
import { isMap, LineCounter, parseDocument } from 'yaml'
import * as z from 'zod'
import type { Deployment } from './deployment.ts'
import { didYouMean, type Report } from './problem.ts'
import { type Project, textOf } from './project.ts'
import { at } from './value.ts'

const file = 'azure.yaml'
const ajv = new Ajv2019({ strict: false, allErrors: true })
const schema = new URL('types/azure.yaml.schema.json', import.meta.url)
const isValid = ajv.compile(JSON.parse(readFileSync(schema, 'utf8')))

const script = z.object({
  run: z.string(),
  kind: z.string().optional(),
  shell: z.string().optional(),
})
const hook = z.union([
  script.transform((it) => [it]),
  z.object({ posix: script, windows: script }).transform(({ posix, windows }) => [posix, windows]),
])
const hooks = z.record(z.string(), z.union([hook, z.array(hook).transform((each) => each.flat())]))
const own = z.object({
  hooks: hooks.default({}),
  services: z.record(
    z.string(),
    z.looseObject({ host: z.string(), language: z.string(), hooks: hooks.default({}) }),
  ),
})

/** What we set of a service; azd's schema takes any name. */
const serviceKeys = ['project', 'host', 'language', 'dist', 'remoteBuild', 'hooks']

export function checkAzureYaml(project: Project, deployment: Deployment, report: Report): void {
  const lines = new LineCounter()
  const document = parseDocument(textOf(project, file), { lineCounter: lines })
  const complain = (path: readonly string[], rule: string, message: string) => {
    const node = document.getIn(path, true)
    const offset = isMap(node) ? node.range?.[0] : undefined
    const line = offset === undefined ? 1 : lines.linePos(offset).line
    report({ file, line }, rule, message)
  }
  for (const { message } of document.errors) complain([], 'azure-yaml', message)
  const value: unknown = document.toJS()
  if (!isValid(value)) {
    for (const { instancePath, message = '', params } of isValid.errors ?? []) {
      complain([], 'azure-yaml', `${instancePath} ${message} ${JSON.stringify(params)}`)
    }
  }
  const read = own.safeParse(value)
  if (!read.success) {
    complain([], 'azure-yaml', z.prettifyError(read.error))
    return
  }

  const { services, hooks } = read.data
  for (const [name, service] of Object.entries(services)) {
    const path = ['services', name]
    const wrong = (rule: string, message: string) => complain(path, rule, message)
    if (service.host !== 'function') wrong('azd-host', `host is function, not ${service.host}`)
    if (!['ts', 'js'].includes(service.language)) {
      wrong('azd-language', `azd knows ts and js, not ${service.language}`)
    }
    for (const key of Object.keys(service)) {
      const hint = didYouMean(key, serviceKeys)
      if (!serviceKeys.includes(key))
        wrong('azd-key', `nothing of a service is called ${key}.${hint}`)
    }
    if (service.remoteBuild !== false) {
      wrong('azd-build', 'the bundle is sent as it is: remoteBuild: false')
    }
    const tags = deployment.resources.map(({ body }) => at(body, 'tags.azd-service-name'))
    if (!tags.includes(name)) wrong('azd-service-name', `no resource has the tag of ${name}`)
  }
  const all = [hooks, ...Object.values(services).map((service) => service.hooks)]
  for (const { run, kind, shell } of all.flatMap((it) => Object.values(it).flat())) {
    const file = shell ? run.replace(/^node /, '') : run.replace(/^\.\//, '')
    if (!project.has(file)) complain([], 'azd-hook', `there is no ${run}`)
    if (!shell && kind !== 'ts') complain([], 'azd-hook', `${run} is of the kind ts`)
  }
}
