/** The subset of KQL that the emulator runs, and refusals of the rest. */
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { evaluate, type Table } from './kql/evaluate.ts'
import { parseQuery } from './kql/parser.ts'
import { QueryError } from './kql/query-error.ts'
import { tokensOf } from './kql/tokens.ts'

const row = (name: string, type: string, location: string, size: number, tags: object | null) => ({
  ...{ name, type, location, size },
  tags: tags && { ...tags },
})
const resources: Table = {
  columns: ['name', 'type', 'location', 'size', 'tags'],
  rows: [
    row('vm-web-1', 'vm', 'westeurope', 4, { env: 'prod', 'Cost Center': "O'Hara" }),
    row('vm-web-2', 'vm', 'northeurope', 8, { env: 'Prod' }),
    row('disk1', 'disk', 'westeurope', 128, { env: 'test' }),
    row('pip', 'ip', 'global', 1, null),
  ],
}
const run = (query: string) => evaluate(parseQuery(query), { resources })
const names = (query: string) => run(query).rows.map(({ name }) => name)

const kept: [condition: string, names: string[]][] = [
  ["name == 'pip'", ['pip']],
  ["name == 'PIP'", []],
  ["name =~ 'PIP'", ['pip']],
  ["name != 'pip' and type != 'vm'", ['disk1']],
  ["name in ('pip', 'DISK1')", ['pip']],
  ["name in~ ('pip', 'DISK1')", ['disk1', 'pip']],
  ["name !in~ ('pip', 'DISK1')", ['vm-web-1', 'vm-web-2']],
  ["name contains 'WEB'", ['vm-web-1', 'vm-web-2']],
  ["name !contains 'web' or size > 4", ['vm-web-2', 'disk1', 'pip']],
  ["name has 'web'", ['vm-web-1', 'vm-web-2']],
  ["name has 'we'", []],
  ["name has 'disk'", []],
  ["name startswith 'VM'", ['vm-web-1', 'vm-web-2']],
  ['size >= 8', ['vm-web-2', 'disk1']],
  ["tags.env =~ 'prod'", ['vm-web-1', 'vm-web-2']],
  [`tags["Cost Center"] == 'O\\'Hara'`, ['vm-web-1']],
  [`tags['Cost Center'] == @'O''Hara'`, ['vm-web-1']],
  ["tags['cost center'] == 'O\\'Hara'", []],
  ['isnotempty(tags.env)', ['vm-web-1', 'vm-web-2', 'disk1']],
  ["tolower(tags.env) == 'prod'", ['vm-web-1', 'vm-web-2']],
  ["not(type == 'vm')", ['disk1', 'pip']],
  ["type == 'vm' or type == 'ip' and size == 2", ['vm-web-1', 'vm-web-2']],
  ["(type == 'vm' or type == 'ip') and size == 8", ['vm-web-2']],
]
suite('where', () => {
  for (const [condition, expected] of kept) {
    test(condition, () => assert.deepEqual(names(`Resources | where ${condition}`), expected))
  }
})

const answered: [query: string, rows: object[]][] = [
  ["where type == 'ip' | project name", [{ name: 'pip' }]],
  ['resources | take 1 | project n = name, tags.env', [{ n: 'vm-web-1', tags_env: 'prod' }]],
  ['Resources | extend env = tags.env | where env == "test" | project env', [{ env: 'test' }]],
  ['Resources | count', [{ Count: 4 }]],
  ['Resources | summarize count()', [{ count_: 4 }]],
  ["Resources | where name == 'x' | summarize count()", [{ count_: 0 }]],
  [
    'Resources | summarize n = count(), sum(size) by type | order by n desc, type asc',
    [
      { type: 'vm', n: 2, sum_size: 12 },
      { type: 'disk', n: 1, sum_size: 128 },
      { type: 'ip', n: 1, sum_size: 1 },
    ],
  ],
  ['Resources | order by size | limit 2 | project size', [{ size: 128 }, { size: 8 }]],
  ['Resources | sort by name asc | take 1 | project name', [{ name: 'disk1' }]],
  [
    'Resources // all\n| distinct location\n| order by location asc',
    [{ location: 'global' }, { location: 'northeurope' }, { location: 'westeurope' }],
  ],
]
suite('queries', () => {
  for (const [query, rows] of answered) {
    test(query, () => assert.deepEqual(run(query).rows, rows))
  }
})

const refused: [query: string, problem: object][] = [
  ["Resources | where name == 'a", { code: 'ParserFailure', position: 26, token: "'a" }],
  ['Resources | where', { code: 'ParserFailure', position: 17, expectedToken: '<expression>' }],
  ['Resources | where name', { code: 'ParserFailure', expectedToken: '<operator>' }],
  ['Resources where true', { code: 'ParserFailure', token: 'where', expectedToken: '|' }],
  ['Resources | take ten', { code: 'ParserFailure', token: 'ten', expectedToken: '<number>' }],
  ['Resources | where (a == 1', { code: 'ParserFailure', token: '<EOF>' }],
  ['', { code: 'ParserFailure', position: 0 }],
  ['Resources | join x on y', { code: 'InvalidQueryLanguage', token: 'join' }],
  ['Resources | where ago(1) == 1', { code: 'InvalidQueryLanguage', token: 'ago' }],
  ['Resources | summarize avg(size)', { code: 'InvalidQueryLanguage', token: 'avg' }],
  ['Nothing | count', { code: 'DisallowedLogicalTableName', token: 'nothing' }],
  ["Resources | where colour == 'red'", { code: 'InvalidQuery', token: 'colour' }],
  ['Resources | project name | order by size', { code: 'InvalidQuery', token: 'size' }],
]
suite('refused', () => {
  for (const [query, problem] of refused) {
    test(query || 'nothing', () => {
      assert.throws(
        () => run(query),
        (error) => {
          assert.ok(error instanceof QueryError)
          const said = Object.fromEntries(
            Object.entries(error.problem).filter(([name]) => name in problem),
          )
          assert.deepEqual(said, problem)
          return true
        },
      )
    })
  }
})

test('escapes in texts are decoded', () => {
  const texts: [written: string, meant: string][] = [
    [`'a\\'b'`, "a'b"],
    [`"a\\\\n\\n"`, 'a\\n\n'],
    [`'\\u0041'`, 'A'],
    [`@'a\\b''c'`, "a\\b'c"],
    [`@"x""y"`, 'x"y'],
  ]
  for (const [written, meant] of texts) {
    assert.deepEqual(
      tokensOf(written).map(({ value }) => value),
      [meant, '<EOF>'],
    )
  }
})
