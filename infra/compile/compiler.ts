/**
 * The Bicep compiler of this machine: on the PATH, the one that azd or the Azure CLI keeps, or the one that NuGet has,
 * where dotnet can restore it.
 */
import { execFile } from 'node:child_process'
import { access, constants, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

export type Bicep = (...args: string[]) => Promise<{ stdout: string; stderr: string }>

/** @returns undefined where there is none on this machine */
export async function findBicep(): Promise<Bicep | undefined> {
  const kept = ['.azd', '.azure'].map((folder) => join(homedir(), folder, 'bin'))
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...kept, nugetFolder]
  const path = await firstOf(folders.map((folder) => join(folder, program)))
  return path === undefined ? undefined : runs(path)
}

/** @returns undefined where dotnet is missing or cannot reach NuGet */
export async function restoreBicep(): Promise<Bicep | undefined> {
  return (await restore()) ? findBicep() : undefined
}

// The compiler formats nothing by culture, and without ICU it starts only when told so.
const env = { ...process.env, DOTNET_SYSTEM_GLOBALIZATION_INVARIANT: '1' }
const runs =
  (path: string): Bicep =>
  (...args) =>
    run(path, args, { env, maxBuffer: 64 * 1024 * 1024 })

const program = process.platform === 'win32' ? 'bicep.exe' : 'bicep'

/** NuGet's package holds the self-contained program; dotnet keeps it in its own cache. */
const version = '0.49.2'
const systems: Readonly<Record<string, string>> = { darwin: 'osx', win32: 'win', linux: 'linux' }
const packageName = `Azure.Bicep.CommandLine.${systems[process.platform]}-${process.arch}`
const nugetCache = process.env.NUGET_PACKAGES ?? join(homedir(), '.nuget', 'packages')
const nugetFolder = join(nugetCache, packageName.toLowerCase(), version, 'tools')

async function restore(): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), 'bicep-'))
  try {
    const project = `<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><TargetFramework>net8.0</TargetFramework></PropertyGroup><ItemGroup><PackageDownload Include="${packageName}" Version="[${version}]" /></ItemGroup></Project>`
    await writeFile(join(folder, 'bicep.csproj'), project)
    await run('dotnet', ['restore', folder], { timeout: 120_000 })
    return true
  } catch {
    return false
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function firstOf(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    const isThere = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (isThere) return path
  }
  return undefined
}
