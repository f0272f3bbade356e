/** The templates and the real compiler, where there is one; elsewhere `.ci/run` says that they were not compiled. */
import assert from 'node:assert/strict'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { root } from '../infra/check/project.ts'
import { findBicep } from '../infra/compile/compiler.ts'
import { compile } from '../infra/compile/scenarios.ts'

const bicep = await findBicep()
const skip = bicep ? false : 'there is no Bicep compiler here'

test('a warning of the compiler or its linter makes no snapshot', { skip }, async (t) => {
  assert.ok(bicep)
  const folder = await mkdtemp(join(tmpdir(), 'infra-'))
  t.after(() => rm(folder, { recursive: true }))
  await cp(join(root, 'infra'), folder, { recursive: true })
  const plant = async (file: string, there: string, instead: string) => {
    const path = join(folder, 'modules', file)
    const text = await readFile(path, 'utf8')
    assert.ok(text.includes(there), there)
    await writeFile(path, text.replace(there, instead))
  }
  // The types of Microsoft Graph are an extension's, and what does not fit them is a warning.
  await plant('api-registration.bicep', 'requestedAccessTokenVersion', 'requestedAccesTokenVersion')
  await plant('vault.bicep', 'Days: 7', "Days: length('https://management.azure.com/')")
  await assert.rejects(compile({ bicep, graphTypes: 'local', folder }), (error: Error) => {
    assert.match(error.message, /api-registration.*Did you mean "requestedAccessTokenVersion"/)
    assert.match(error.message, /vault\.bicep.*no-hardcoded-env-urls/)
    return true
  })
})
