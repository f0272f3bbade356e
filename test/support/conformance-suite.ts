/** The official conformance suite, as a program: run, and read. */
import { spawn } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'

/**
 * @param watch sees each line as it is printed
 * @returns what it prints. Its exit code says nothing here: what is left out fails.
 */
export async function runSuite(
  args: string[],
  watch: (line: string) => void = () => {},
): Promise<string> {
  const program = import.meta.resolve('@modelcontextprotocol/conformance/dist/index.js')
  const suite = spawn(process.execPath, [fileURLToPath(program), ...args], {
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: 60_000,
  })
  const lines: string[] = []
  for await (const line of createInterface({ input: suite.stdout })) {
    watch(line)
    lines.push(line)
  }
  return lines.join('\n')
}

export const isFailure = (status: string) => status === 'FAILURE' || status === 'WARNING'

export type Check = z.output<typeof checks>[number] & { scenario: string }
const checks = z.array(
  z.object({ id: z.string(), status: z.string(), errorMessage: z.string().optional() }),
)

/** The suite writes `server-<scenario>-<time>/checks.json`, `authorization-server-…` for an authorization server. */
export async function readChecks(folder: string): Promise<Check[]> {
  const found: Check[] = []
  for (const name of await readdir(folder)) {
    const scenario = name
      .replace(/^(authorization-)?server-/, '')
      .replace(/-\d{4}-\d\d-\d\dT[\dZ-]+$/, '')
    const file = await readFile(join(folder, name, 'checks.json'), 'utf8')
    found.push(...checks.parse(JSON.parse(file)).map((check) => ({ scenario, ...check })))
  }
  return found
}
