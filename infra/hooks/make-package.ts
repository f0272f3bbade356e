/**
 * Makes the folder that is deployed to Azure: the bundle, the pages, host.json and a package.json without dependencies.
 * So Azure installs and builds nothing, and gets nothing else of the repository.
 */
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from '../../local/build.ts'
import packageJson from '../../package.json' with { type: 'json' }

const root = fileURLToPath(new URL('../..', import.meta.url))

/** @returns the bundle's size in bytes */
export async function makePackage(folder = join(root, '.package')): Promise<{ bytes: number }> {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  const { bytes } = await build({ outdir: join(folder, 'dist'), sourcemap: false })
  const { name, version, type, main } = packageJson
  const manifest = { name, version, private: true, type, main }
  await writeFile(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  await copyFile(join(root, 'host.json'), join(folder, 'host.json'))
  return { bytes }
}
