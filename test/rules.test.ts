/** Rules about the source itself, read from it: who may import what, and where dangerous words may stand. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const sources = globSync('{functions,shared,local,generate,infra}/**/*.ts', { cwd: root })
  .filter((file) => !file.endsWith('.test.ts'))
  .sort()
  .map((file) => ({ file, text: readFileSync(`${root}${file}`, 'utf8') }))
const product = sources.filter(({ file }) => /^(functions|shared)\//.test(file))

type Import = { file: string; target: string; typeOnly: boolean }

/** Paths of this repository as they stand in it, packages by their name. */
function importsOf({ file, text }: { file: string; text: string }): Import[] {
  const statements = /^(?:import|export)\s(type\s)?(?:[^'"`;]*?\sfrom\s)?\s*'([^']+)'/gm
  const dynamic = /\bimport\(\s*(?:new URL\(\s*)?['"`]([^'"`]+)/g
  const found = [
    ...[...text.matchAll(statements)].map(([, type, from]) => ({ type, from })),
    ...[...text.matchAll(dynamic)].map(([, from]) => ({ type: undefined, from })),
  ]
  return found.map(({ type, from = '' }) => {
    const { pathname } = new URL(from, `file:///${file}`)
    return {
      file,
      target: from.startsWith('.') ? pathname.slice(1) : from,
      typeOnly: Boolean(type),
    }
  })
}
const imports = sources.flatMap(importsOf)

test('zod is set up before any schema is made', () => {
  const direct = imports.filter(
    ({ file, target }) => /^(functions|shared)\//.test(file) && target === 'zod',
  )
  assert.deepEqual(new Set(direct.map(({ file }) => file)), new Set(['shared/zod.ts']))
})

test('the imports of this repository are seen', () => {
  const seen = imports.filter(({ file }) => file === 'functions/cost.ts')
  assert.ok(seen.some(({ target }) => target === 'shared/mcp/define-endpoint.ts'))
  assert.ok(imports.some(({ target, typeOnly }) => target === 'shared/settings.ts' && typeOnly))
  assert.ok(imports.length > 200)
})

suite('who may import what of this repository', () => {
  const roots = [
    'shared/audit.ts',
    'shared/failure.ts',
    'shared/json.ts',
    'shared/secret.ts',
    'shared/zod.ts',
  ]
  /** The first row that fits a file holds. A name that ends with a slash means all below it. */
  const rooms: [room: RegExp, may: string[], mayNameTypesOf?: string[]][] = [
    [/^functions\/main\.ts$/, ['functions/', 'shared/']],
    [
      /^functions\/[^/]+\.ts$/,
      [
        'functions/',
        'package.json',
        'shared/audit.ts',
        'shared/json.ts',
        'shared/mcp/',
        'shared/downstreams.ts',
        'shared/http/page.ts',
        'shared/entra/standing-lines.ts',
        'shared/register.ts',
        'shared/entra/caller.ts',
        'shared/oauth/',
        'shared/zod.ts',
      ],
      ['shared/entra/consent.ts', 'shared/http/request-handler.ts', 'shared/services.ts'],
    ],
    [
      /^functions\//,
      [
        'functions/',
        'shared/downstreams.ts',
        'shared/failure.ts',
        'shared/path.ts',
        'shared/mcp/access.ts',
        'shared/mcp/tool.ts',
        'shared/zod.ts',
      ],
      // A tool may name what it is given; what it is made with stays out of reach.
      ['shared/api-client/api.ts'],
    ],
    [
      /^shared\/entra\//,
      [
        'shared/entra/',
        'shared/failure.ts',
        'shared/json.ts',
        'shared/path.ts',
        'shared/secret.ts',
        'shared/resilience/',
        'shared/sealed.ts',
        'shared/zod.ts',
      ],
      ['shared/client-certificate.ts', 'shared/encryption-keys.ts', 'shared/settings.ts'],
    ],
    [
      /^shared\/token-cache\//,
      [
        'shared/token-cache/',
        'shared/entra/azure-identity.ts',
        'shared/entra/on-behalf-of.ts',
        ...roots,
        'shared/resilience/',
      ],
      [
        'shared/encryption-keys.ts',
        'shared/entra/caller.ts',
        'shared/outgoing.ts',
        'shared/settings.ts',
      ],
    ],
    [/^shared\/encryption-keys\.ts$/, ['shared/secret.ts'], ['shared/settings.ts']],
    [
      /^shared\/api-client\//,
      ['shared/api-client/', ...roots, 'shared/path.ts', 'shared/resilience/'],
      ['shared/outgoing.ts'],
    ],
    [
      /^shared\/http\//,
      [
        'shared/http/',
        ...roots,
        'shared/path.ts',
        'shared/setting-values.ts',
        'shared/resilience/',
      ],
      ['shared/settings.ts'],
    ],
    [
      /^shared\/mcp\//,
      [
        'shared/mcp/',
        'shared/entra/',
        'shared/http/',
        'shared/resilience/',
        ...roots,
        'package.json',
      ],
      ['shared/api-client/', 'shared/downstreams.ts', 'shared/services.ts'],
    ],
    [/^shared\/outgoing\.ts$/, [], ['shared/settings.ts']],
    [
      /^shared\/oauth\//,
      [
        'shared/oauth/',
        'shared/entra/',
        'shared/http/',
        'shared/resilience/',
        'shared/token-cache/rows.ts',
        'shared/sealed.ts',
        'shared/setting-values.ts',
        ...roots,
      ],
      [
        'shared/encryption-keys.ts',
        'shared/mcp/define-endpoint.ts',
        'shared/services.ts',
        'shared/settings.ts',
      ],
    ],
    [/^shared\/sealed\.ts$/, ['shared/json.ts', 'shared/zod.ts'], ['shared/encryption-keys.ts']],
    [/^shared\/register\.ts$/, ['shared/http/', 'shared/mcp/'], ['shared/services.ts']],
    [
      /^shared\/services\.ts$/,
      [
        'shared/audit.ts',
        'shared/api-client/',
        'shared/downstreams.ts',
        'shared/encryption-keys.ts',
        'shared/entra/',
        'shared/journal.ts',
        'shared/outgoing.ts',
        'shared/oauth/',
        'shared/resilience/',
        'shared/token-cache/',
      ],
      ['shared/failure.ts', 'shared/settings.ts'],
    ],
    [
      /^shared\/settings\.ts$/,
      ['shared/setting-rules.ts', 'shared/setting-values.ts', 'shared/zod.ts'],
      [
        'shared/client-certificate.ts',
        'shared/connection-string.ts',
        'shared/downstreams.ts',
        'shared/secret.ts',
      ],
    ],
    [/^shared\/setting-rules\.ts$/, ['shared/setting-values.ts']],
    [
      /^shared\/setting-values\.ts$/,
      [
        'shared/client-certificate.ts',
        'shared/connection-string.ts',
        'shared/json.ts',
        'shared/secret.ts',
        'shared/zod.ts',
      ],
    ],
    [/^shared\/(client-certificate|connection-string)\.ts$/, ['shared/secret.ts']],
    [/^shared\/resilience\//, ['shared/resilience/']],
    [/^shared\/downstreams\.ts$/, ['shared/api-client/'], ['shared/settings.ts']],
    [/^shared\/journal\.ts$/, ['shared/audit.ts']],
    [/^shared\/audit\.ts$/, [], ['shared/failure.ts']],
    [/^shared\/(zod|failure|json|path|secret)\.ts$/, []],
    // An emulator that shares code with what it checks proves nothing.
    [/^local\/function-app\.ts$/, ['local/', 'functions/', 'host.json']],
    [/^local\//, ['local/', 'infra/permissions.json', 'package.json', 'host.json']],
    [
      /^generate\//,
      ['generate/', 'functions/', 'infra/', 'local/far-sides/base-urls.ts', 'shared/'],
    ],
    [/^infra\//, ['infra/', 'local/', 'package.json', 'functions/endpoints.ts', 'shared/']],
  ]
  const isWithin = (target: string, allowed: string[] = []) =>
    allowed.some((it) => target === it || (it.endsWith('/') && target.startsWith(it)))
  const ofThisRepository = imports.filter(({ target }) =>
    /^(functions|shared|local|test|bench|infra)\/|\.json$/.test(target),
  )

  for (const [index, [room, may, mayNameTypesOf]] of rooms.entries()) {
    test(`${room.source.replaceAll('\\', '')}: ${may.join(' ') || 'nothing'}`, () => {
      const own = ofThisRepository.filter(
        ({ file }) => rooms.findIndex(([it]) => it.test(file)) === index,
      )
      const strangers = own.filter(
        ({ target, typeOnly }) =>
          !isWithin(target, may) && !(typeOnly && isWithin(target, mayNameTypesOf)),
      )
      assert.deepEqual(strangers, [])
    })
  }

  test('every file stands in a room', () => {
    const outside = sources.filter(({ file }) => !rooms.some(([room]) => room.test(file)))
    assert.deepEqual(
      outside.map(({ file }) => file),
      [],
    )
  })

  test('settings are read when the app starts: no tool can make that happen', () => {
    const files = imports
      .filter(({ target, typeOnly }) => target === 'shared/settings.ts' && !typeOnly)
      .map(({ file }) => file)
    assert.deepEqual(files, ['functions/main.ts', 'infra/check-consent.ts'])
  })
})

suite('packages stay in their room', () => {
  const rooms: [packages: RegExp, room: RegExp][] = [
    [/^@azure\/functions/, /^shared\/(register|http\/azure-functions)\.ts$|^functions\/main\.ts$/],
    [/^@azure\/(msal-node|identity)/, /^shared\/entra\//],
    [/^jose$/, /^shared\/entra\//],
    [/^limiter$/, /^shared\/resilience\//],
    [
      /^undici$/,
      /^shared\/(outgoing|api-client\/send|token-cache\/transport|oauth\/public-get)\.ts$/,
    ],
    [/^@modelcontextprotocol\//, /^(shared\/mcp\/|functions\/health\.ts)/],
  ]
  for (const [packages, room] of rooms) {
    test(`${packages.source.replaceAll('\\', '')} in ${room.source.replaceAll('\\', '')}`, () => {
      const files = imports
        .filter(({ file, target }) => /^(functions|shared)\//.test(file) && packages.test(target))
        .map(({ file }) => file)
      assert.ok(files.length > 0)
      assert.deepEqual(
        files.filter((file) => !room.test(file)),
        [],
      )
    })
  }
})

suite('words that stand only where they must', () => {
  const filesWith = (pattern: RegExp) =>
    product.filter(({ text }) => pattern.test(text)).map(({ file }) => file)

  test('the environment is read in one place', () => {
    assert.deepEqual(filesWith(/process\s*\.\s*env|'node:process'/), ['functions/main.ts'])
  })

  test('an assertion is made in one place', () => {
    const made = /new Secret\(\s*'assertion'|Secret<'assertion'>\(/
    assert.deepEqual(filesWith(made), ['shared/entra/access-token.ts'])
  })

  test('a secret is revealed only where it is sent', () => {
    assert.deepEqual(filesWith(/\breveal\b(?!\(\): string)/).filter(isNotItsOwn), [
      'shared/api-client/send.ts',
      'shared/encryption-keys.ts',
      'shared/entra/client-credential.ts',
      'shared/entra/on-behalf-of.ts',
      'shared/outgoing.ts',
      'shared/setting-rules.ts',
      'shared/token-cache/sealed-token.ts',
      'shared/token-cache/table-client.ts',
    ])
  })
  const isNotItsOwn = (file: string) => file !== 'shared/secret.ts'

  test('the platform’s unsigned identity is read nowhere', () => {
    const code = (text: string) => text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')
    const readers = product.filter(({ text }) =>
      /x-ms-client-principal|\.user\b.*HttpUser/i.test(code(text)),
    )
    assert.deepEqual(readers, [])
  })
})

test('actions are pinned: a tag can be moved, a commit cannot', () => {
  const workflows = globSync('.github/workflows/*.yml', { cwd: root })
  const used = workflows.flatMap((file) =>
    readFileSync(`${root}${file}`, 'utf8')
      .split('\n')
      .filter((line) => line.includes('uses:')),
  )
  assert.ok(used.length > 0)
  for (const line of used) assert.match(line, /uses: [\w./-]+@[0-9a-f]{40} # v[\d.]+$/)
})
