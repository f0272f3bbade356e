/**
 * `npm run infra:snapshot`: compiles every scenario and writes infra/snapshots/. With `--check` it writes nothing, and
 * fails when a snapshot is not what the compiler makes of the templates; without a compiler it then says so and passes.
 */
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readProject, root } from '../check/project.ts'
import { findBicep, restoreBicep } from './compiler.ts'
import { compile } from './scenarios.ts'

const isCheck = process.argv.includes('--check')
const bicep = (await findBicep()) ?? (await restoreBicep())

if (bicep) {
  const files = await compile({
    bicep,
    graphTypes: (await isRegistryReachable()) ? 'published' : 'local',
  })
  const project = readProject(['infra/snapshots/*'])
  const stale = [...new Set([...files.keys(), ...project.keys()])].filter(
    (path) => files.get(path) !== project.get(path),
  )
  if (!isCheck) {
    for (const path of stale) {
      const text = files.get(path)
      await (text === undefined ? rm(join(root, path)) : writeFile(join(root, path), text))
    }
  }
  const { stdout } = await bicep('--version')
  console.log(`${stdout.trim()}: ${files.size - 1} scenarios compiled without a warning.`)
  for (const path of stale)
    console.log(`${isCheck ? 'Not what the compiler makes' : 'Written'}: ${path}`)
  if (isCheck && stale.length > 0) {
    console.log('Run npm run infra:snapshot, and commit what it writes.')
    process.exitCode = 1
  }
} else {
  const none =
    'There is no Bicep compiler here (CONTRIBUTING.md says where to get one), so the templates are not compiled.'
  console.log(none)
  if (!isCheck) process.exitCode = 1
}

/** Where the Microsoft Graph extension is restored from. */
function isRegistryReachable(): Promise<boolean> {
  return fetch('https://mcr.microsoft.com/v2/', { signal: AbortSignal.timeout(3000) }).then(
    ({ ok }) => ok,
    () => false,
  )
}
