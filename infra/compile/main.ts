/**
 * `npm run infra:snapshot`: compiles every scenario and writes infra/snapshots/. With `--check` it writes nothing, and
 * fails when a snapshot is not what the compiler makes of the templates; without a compiler it then says so and passes.
 */
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readProject, root } from '../check/project.ts'
import { type Bicep, findBicep, restoreBicep } from './compiler.ts'
import { compile, DoesNotCompile } from './scenarios.ts'

const isCheck = process.argv.includes('--check')
const bicep = (await findBicep()) ?? (await restoreBicep())

try {
  if (bicep) await write(bicep)
  else {
    console.log('There is no Bicep compiler here, so the templates are not compiled.')
    console.log('CONTRIBUTING.md says where to get one.')
    if (!isCheck) process.exitCode = 1
  }
} catch (error) {
  if (!(error instanceof DoesNotCompile)) throw error
  console.error(error.message)
  process.exitCode = 1
}

async function write(bicep: Bicep): Promise<void> {
  const graphTypes = (await isRegistryReachable()) ? 'published' : 'local'
  const files = await compile({ bicep, graphTypes })
  const { stdout } = await bicep('--version')
  console.log(`${stdout.trim()}: ${files.size - 1} scenarios compiled without a warning.`)
  const project = readProject(['infra/snapshots/*'])
  for (const path of new Set([...files.keys(), ...project.keys()])) {
    const text = files.get(path)
    if (text === project.get(path)) continue
    if (isCheck) {
      console.log(`${path} is not what the compiler makes: run npm run infra:snapshot.`)
      process.exitCode = 1
      continue
    }
    console.log(`Written: ${path}`)
    await (text === undefined ? rm(join(root, path)) : writeFile(join(root, path), text))
  }
}

/** Where the Microsoft Graph extension is restored from. */
function isRegistryReachable(): Promise<boolean> {
  return fetch('https://mcr.microsoft.com/v2/', { signal: AbortSignal.timeout(3000) }).then(
    ({ ok }) => ok,
    () => false,
  )
}
