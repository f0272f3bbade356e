/** The offline checks of infra/: silent about what we ship, and each kind of mistake, planted in it, caught by name. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import { check } from '../infra/check/check.ts'
import { type Project, readProject, textOf } from '../infra/check/project.ts'

const project = readProject()

test('there is nothing to complain about', () => {
  assert.deepEqual(check(project), [])
})

/** One mistake each: `# rule: what`, the file, what stands there (`-`) and what is planted instead (`+`). */
const faults = readFileSync(new URL('support/infra-faults.txt', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n\n')
  .map((text) => {
    const [title = '', file = '', ...lines] = text.split('\n')
    const [, rule = '', what = ''] = /^# ([\w-]+): (.+)$/.exec(title) ?? []
    const marked = (mark: string) =>
      lines.flatMap((line) => (line.startsWith(mark) ? line.slice(1) : [])).join('\n')
    return { rule, what, file, there: marked('-'), instead: marked('+') }
  })

suite('a mistake is caught by name', () => {
  for (const { rule, what, file, there, instead } of faults) {
    test(`${rule}: ${what}`, () => {
      const problems = check(planted(file, there, instead))
      const rules = new Set(problems.map((it) => it.rule))
      assert.ok(rules.has(rule), `${[...rules]}: ${problems.map(({ message }) => message)}`)
    })
  }

  test('of at least 25 kinds', () => {
    assert.ok(new Set(faults.map(({ rule }) => rule)).size >= 25)
  })
})

test('a complaint names the file and the line, and what was probably meant', () => {
  const file = 'infra/modules/storage.bicep'
  const lines = textOf(project, file).split('\n')
  const [problem] = check(planted(file, 'allowSharedKeyAccess', 'allowSharedKeysAccess'))
  assert.deepEqual(problem, {
    rule: 'unknown-property',
    file,
    line: lines.findIndex((it) => it.includes('allowSharedKeyAccess')) + 1,
    message: 'there is no allowSharedKeysAccess. Did you mean allowSharedKeyAccess?',
  })
})

function planted(file: string, there: string, instead: string): Project {
  const text = textOf(project, file)
  assert.ok(there !== '' && text.includes(there), `${file} has no ${there}`)
  return new Map([...project, [file, text.replace(there, () => instead)]])
}
