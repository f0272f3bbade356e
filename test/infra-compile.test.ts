/** The templates under the real compiler, where there is one; elsewhere `.ci/run` says that they were not compiled. */
import assert from 'node:assert/strict'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { root } from '../infra/check/project.ts'
import { findBicep } from '../infra/compile/compiler.ts'
import { compile } from '../infra/compile/scenarios.ts'

const bicep = await findBicep()
const skip = bicep ? false : 'there is no Bicep compiler here'

suite('what does not compile without a warning makes no snapshot', { skip }, () => {
  const faults: [what: string, file: string, there: string, instead: string, says: RegExp][] = [
    [
      'a misspelt property of Microsoft Graph',
      'api-registration.bicep',
      'requestedAccessTokenVersion',
      'requestedAccesTokenVersion',
      /api-registration\.bicep.*BCP\d+.*Did you mean "requestedAccessTokenVersion"/,
    ],
    [
      'a host that a cloud decides',
      'vault.bicep',
      'softDeleteRetentionInDays: 7',
      "softDeleteRetentionInDays: length('https://management.azure.com/')",
      /no-hardcoded-env-urls/,
    ],
  ]
  for (const [what, file, there, instead, says] of faults) {
    test(what, async (t) => {
      assert.ok(bicep)
      const folder = await mkdtemp(join(tmpdir(), 'infra-'))
      t.after(() => rm(folder, { recursive: true }))
      await cp(join(root, 'infra'), folder, { recursive: true })
      const path = join(folder, 'modules', file)
      const text = await readFile(path, 'utf8')
      assert.ok(text.includes(there))
      await writeFile(path, text.replace(there, instead))
      await assert.rejects(compile({ bicep, graphTypes: 'local', folder }), says)
    })
  }
})
