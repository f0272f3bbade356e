/**
 * Compiles every scenario, in a scratch folder with a configuration of its own: nothing is written beside the templates.
 * A warning of the compiler or its linter is an error. What comes out is checked by policies, elsewhere.
 */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as z from 'zod'
import { hashOfTemplates, readProject, root } from '../check/project.ts'
import { type Deployment, scenariosOf } from '../check/snapshot.ts'
import type { Bicep } from './compiler.ts'
import { shortened, snapshotFiles } from './snapshot-files.ts'

/** `message`: what the compiler says. */
export class DoesNotCompile extends Error {
  override readonly name = 'DoesNotCompile'
}

/**
 * @param options.folder with the templates: infra/
 * @param options.graphTypes `published`: the Microsoft Graph extension is restored from its registry; `local`: it is made
 * from the types that it is published with, in infra/types
 * @returns infra/snapshots/ as it should be: path → text
 * @throws DoesNotCompile when the compiler says anything
 */
export async function compile(options: {
  bicep: Bicep
  graphTypes: 'published' | 'local'
  folder?: string
}): Promise<Map<string, string>> {
  const { bicep, graphTypes, folder = join(root, 'infra') } = options
  const scratch = await mkdtemp(join(tmpdir(), 'bicep-'))
  try {
    const json = ['permissions.json', 'main.parameters.json', configFile]
    const copied = ['main.bicep', 'modules', 'scenarios', 'types', ...json]
    for (const name of copied) {
      await cp(join(folder, name), join(scratch, name), { recursive: true })
    }
    if (graphTypes === 'local') await useLocalExtension(bicep, scratch)
    const quietly = async (...args: string[]) => {
      const { stdout, stderr } = await bicep(...args).catch((error) => ({
        stdout: '',
        stderr: String(error.stderr ?? error),
      }))
      if (stderr.trim() !== '') throw new DoesNotCompile(stderr.replaceAll(scratch, 'infra').trim())
      return stdout
    }

    const template = await quietly('build', join(scratch, 'main.bicep'), '--stdout')
    const deployments = new Map<string, Deployment>()
    for (const name of scenariosOf(readProject())) {
      const scenario = join(scratch, 'scenarios', name)
      await quietly('snapshot', `${scenario}.bicepparam`, '--mode', 'overwrite', ...place)
      deployments.set(name, shortened(await readFile(`${scenario}.snapshot.json`, 'utf8')))
    }
    return snapshotFiles(deployments, {
      templates: hashOfTemplates(),
      parameters: parametersOf(template),
    })
  } finally {
    await rm(scratch, { recursive: true })
  }
}

const configFile = 'bicepconfig.json'

/** Where the scenarios are deployed to: nowhere. */
const place = [
  ...['--tenant-id', '99999999-9999-4999-8999-999999999999'],
  ...['--subscription-id', '55555555-5555-4555-8555-555555555555'],
  ...['--resource-group', 'rg', '--location', 'westeurope', '--deployment-name', 'main'],
]

/** Made from the types that the extension is published with (infra/types/msgraph). */
async function useLocalExtension(bicep: Bicep, scratch: string): Promise<void> {
  const extension = join(scratch, 'microsoft-graph.tgz')
  await bicep('publish-extension', join(scratch, 'types/msgraph/index.json'), '--target', extension)
  const file = join(scratch, configFile)
  const config = z
    .looseObject({ extensions: z.record(z.string(), z.string()) })
    .parse(JSON.parse(await readFile(file, 'utf8')))
  await writeFile(
    file,
    JSON.stringify({ ...config, extensions: { microsoftGraphV1: './microsoft-graph.tgz' } }),
  )
}

const compiled = z.object({
  parameters: z.record(
    z.string(),
    z.object({ type: z.string().default('object'), defaultValue: z.unknown().optional() }),
  ),
})

const parametersOf = (template: string): Record<string, string> =>
  Object.fromEntries(
    Object.entries(compiled.parse(JSON.parse(template)).parameters).map(([name, it]) => [
      name,
      `${it.type}${it.defaultValue === undefined ? '' : '?'}`,
    ]),
  )
