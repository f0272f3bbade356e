/** azd's hooks: the package for Azure, the cache's keys, and the values for clients. */
import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import * as z from 'zod'
import { deployments } from '../infra/check/check.ts'
import { azureApi } from '../infra/foundry/azure-api.ts'
import { clientLines, valuesOf } from '../infra/hooks/deployment-values.ts'
import { makeCacheKeys } from '../infra/hooks/make-cache-keys.ts'
import { makePackage } from '../infra/hooks/make-package.ts'
import { encryptionKeys } from '../shared/setting-values.ts'
import { answered } from './support/answered.ts'

test('the package has the bundle, the pages, host.json and a manifest without dependencies only', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'package-'))
  t.after(() => rm(folder, { recursive: true }))
  const { bytes } = await makePackage(folder)
  assert.ok(bytes > 100_000)
  const files = await readdir(folder, { recursive: true })
  assert.deepEqual(files.filter((file) => !/^dist(\/functions|\/pages)?$/.test(file)).sort(), [
    'dist/functions/main.js',
    'dist/functions/main.js.LEGAL.txt',
    'dist/pages/cost-chart.html',
    'host.json',
    'package.json',
  ])
  const manifest: unknown = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
  const { main, type } = z
    .strictObject({
      name: z.string(),
      version: z.string(),
      private: z.literal(true),
      type: z.string(),
      main: z.string(),
    })
    .parse(manifest)
  assert.deepEqual([main, type], ['dist/functions/*.js', 'module'])
})

suite('the cache’s keys', () => {
  const secretUrl =
    'https://management.azure.com/vault/secrets/token-cache-keys?api-version=2023-07-01'
  const sent = z.object({ properties: z.object({ value: z.string() }) })

  /** @param statuses what ARM answers, in order */
  function arm(...statuses: number[]) {
    const requests: { method: string; url: string; authorization: string | null; body: string }[] =
      []
    const arm = azureApi({
      name: 'Azure Resource Manager',
      baseUrl: 'https://management.azure.com',
      scope: 'https://management.azure.com/.default',
      credential: {
        getToken: async (scope) => ({ token: `token for ${scope}`, expiresOnTimestamp: 0 }),
      },
      async fetch(input, init) {
        const request = new Request(input, init)
        const { method, url, headers } = request
        const authorization = headers.get('authorization')
        requests.push({ method, url, authorization, body: await request.text() })
        const status = statuses.shift() ?? assert.fail('one request too many')
        return new Response(status === 204 ? null : '{"error":{"message":"what was sent"}}', {
          status,
        })
      },
    })
    const said = makeCacheKeys({
      ...{ arm, vaultId: '/vault', functionAppId: '/app' },
      now: () => Date.UTC(2026, 10, 21),
    })
    return { said, requests }
  }

  test('are made once, are accepted by the app, and are read again at once', async () => {
    const { said, requests } = arm(404, 201, 200)
    await said
    assert.deepEqual(
      requests.map(({ method, url }) => `${method} ${url}`),
      [
        `GET ${secretUrl}`,
        `PUT ${secretUrl}`,
        'POST https://management.azure.com/app/config/configreferences/appsettings/refresh?api-version=2024-04-01',
      ],
    )
    const scope = 'token for https://management.azure.com/.default'
    assert.ok(requests.every(({ authorization }) => authorization === `Bearer ${scope}`))
    const { value } = sent.parse(JSON.parse(requests[1]?.body ?? '')).properties
    assert.deepEqual(
      encryptionKeys.parse(value).map(({ kid }) => kid),
      ['2026-11'],
    )
  })

  test('are kept when they exist', async () => {
    const { said, requests } = arm(200)
    assert.match(await said, /already/)
    assert.equal(requests.length, 1)
  })

  test('appear in no message and no error', async () => {
    const made = arm(404, 201, 200)
    const refused = arm(404, 403)
    const error = await refused.said.then(() => '', String)
    assert.equal(
      error,
      'AzureRefusal: Could not write the encryption keys (Azure Resource Manager, 403 NoCode)',
    )
    const sentence = await made.said
    for (const { requests } of [made, refused]) {
      const [{ key } = { key: '' }] = z
        .array(z.object({ key: z.string().length(43) }))
        .parse(JSON.parse(sent.parse(JSON.parse(requests[1]?.body ?? '')).properties.value))
      assert.ok(!`${sentence}${error}`.includes(key))
    }
  })

  test('are different each time', async () => {
    const [one, other] = [arm(404, 201, 200), arm(404, 201, 200)]
    await Promise.all([one.said, other.said])
    assert.notEqual(one.requests[1]?.body, other.requests[1]?.body)
  })
})

suite('the values for clients', () => {
  const outputsSchema = z
    .looseObject({ APP_ID_URI: z.string(), PUBLIC_BASE_URL: z.string() })
    .catchall(z.string())

  for (const [name, { outputs }] of deployments()) {
    test(`come from the outputs of the deployment: ${name}`, () => {
      const environment = outputsSchema.parse(answered(outputs))
      const { values } = valuesOf({ ...environment, AZURE_ENV_NAME: 'dev' })
      const [cost] = values.endpoints
      const prefix = environment.APP_ID_URI || cost?.url
      assert.equal(cost?.url, `${environment.PUBLIC_BASE_URL}/mcp/cost`)
      assert.deepEqual(cost?.scopes, [`${prefix}/cost.read`])
      assert.match(clientLines(values).join('\n'), new RegExp(`Client id +${values.clientId}`))
    })
  }

  test('a missing output is named', () => {
    assert.throws(() => valuesOf({ AZURE_ENV_NAME: 'dev' }), /API_CLIENT_ID/)
  })
})
