/** Sealed text and HMACs: each is bound to one purpose and one context, and stays readable while keys are rotated. */
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { compactDecrypt } from 'jose'
import { encryptionKeys } from '../shared/encryption-keys.ts'
import { keysOf } from './support/cache-parts.ts'
import { keyA, keyB } from './support/shared-cache.ts'

const [old, both, renewed] = [keysOf(keyA), keysOf(keyB, keyA), keysOf(keyB)]

suite('a sealed text', () => {
  test('opens to the text that was sealed, for any text', () => {
    const { close, open } = old.seal('purpose')
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.array(fc.string()), (content, context) => {
        assert.equal(open(close(content, context), context), content)
      }),
    )
  })

  test('is a JWE whose header holds only what it is bound to', () => {
    const [header = ''] = old.seal('purpose').close('content', ['row 1']).split('.')
    const seen = JSON.parse(Buffer.from(header, 'base64url').toString())
    assert.deepEqual(seen, { alg: 'dir', enc: 'A256GCM', kid: 'a', context: ['row 1'] })
  })

  test('is not encrypted under the configured key itself', async () => {
    const configured = Buffer.from(keyA.key, 'base64url')
    await assert.rejects(compactDecrypt(old.seal('purpose').close('content'), configured))
  })

  const refused: [what: string, open: (sealed: string) => string][] = [
    ['for another purpose', old.seal('other').open],
    ['in another context', (sealed) => old.seal('purpose').open(sealed, ['other'])],
    ['without its context', (sealed) => old.seal('purpose').open(sealed)],
    ['once its key is gone', (sealed) => renewed.seal('purpose').open(sealed, ['context'])],
    ['by a process without keys', (sealed) => encryptionKeys([]).seal('purpose').open(sealed)],
  ]
  for (const [what, open] of refused) {
    test(`does not open ${what}`, () => {
      const sealed = old.seal('purpose').close('content', ['context'])
      assert.throws(
        () => open(sealed),
        (error) => !String(error).includes('content '),
      )
    })
  }

  test('opens while its key is configured, and the newest key seals', () => {
    const sealed = old.seal('purpose').close('content')
    assert.equal(both.seal('purpose').open(sealed), 'content')
    assert.equal(renewed.seal('purpose').open(both.seal('purpose').close('content')), 'content')
  })

  test('differs each time', () => {
    const { close } = old.seal('purpose')
    assert.notEqual(close('content'), close('content'))
  })
})

suite('a signature', () => {
  const values = ['tenant', 'user', '/operation']
  const signature = old.mac('purpose').sign(values)

  test('is valid for these values and this purpose only', () => {
    const { verify } = old.mac('purpose')
    assert.match(signature, /^[\w-]{43}$/)
    assert.equal(verify(values, signature), true)
    for (const other of ['', 'x', `${signature}A`, signature.slice(1)]) {
      assert.equal(verify(values, other), false)
    }
    assert.equal(verify(['tenant', 'user/', 'operation'], signature), false)
    assert.equal(old.mac('other').verify(values, signature), false)
  })

  test('is valid while its key is configured', () => {
    assert.equal(both.mac('purpose').verify(values, signature), true)
    assert.equal(renewed.mac('purpose').verify(values, signature), false)
    assert.deepEqual(both.mac('purpose').all(values), [
      renewed.mac('purpose').sign(values),
      signature,
    ])
  })
})
