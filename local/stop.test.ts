/** How a program that could not start says why. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'

const stop = new URL('stop.ts', import.meta.url).href
const hint = /npx tsc shows where/

const failing = (error: string) =>
  spawnSync(
    process.execPath,
    [
      '--input-type=module',
      '--eval',
      `const { orExplain } = await import('${stop}'); await orExplain(async () => { throw ${error} })`,
    ],
    { encoding: 'utf8' },
  )

test('what the compiler would have said is left to it', () => {
  const { status, stderr } = failing("new TypeError('reading access')")
  assert.equal(status, 1)
  assert.match(stderr, /^TypeError: reading access\n/)
  assert.match(stderr, hint)
})

test('another error is none of the compiler’s', () => {
  const { status, stderr } = failing("new Error('two tools of one name')")
  assert.equal(status, 1)
  assert.match(stderr, /^Error: two tools of one name\n/)
  assert.doesNotMatch(stderr, hint)
})
