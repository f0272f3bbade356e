import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { app, type HttpRequest } from '@azure/functions'
import { type Started, send, start } from '../../test/support/function-host.ts'
import { compileTemplate } from './route-template.ts'

const echo =
  (name: string) =>
  ({ params }: HttpRequest) => ({ jsonBody: { name, params } })

describe('routing', () => {
  const functions: [
    name: string,
    route: string | undefined,
    methods?: ('GET' | 'POST' | 'HEAD')[],
  ][] = [
    ['aLiteral', 'cost/report', ['GET']],
    ['bParam', 'cost/{id}'],
    ['Bread', 'cost/{other}/{more}'],
    ['headed', 'headed', ['GET', 'HEAD']],
    ['setting', '%PATH%/x'],
    ['unrouted', undefined],
    ['wellKnown', '.well-known/oauth-protected-resource/mcp/cost'],
  ]
  let host: Started
  before(async () => {
    host = await start(() => {
      for (const [name, route, methods] of functions.toReversed()) {
        app.http(name, {
          ...(route === undefined ? {} : { route }),
          ...(methods ? { methods } : {}),
          handler: echo(name),
        })
      }
    })
  })

  const rows: [request: string, name: string | 404, params?: Record<string, string>][] = [
    ['GET /cost/report', 'aLiteral', {}],
    ['GET /COST/Report', 'aLiteral', {}],
    ['GET /cost/report/', 'aLiteral', {}],
    ['GET /cost/report//', 404],
    ['POST /cost/report', 'bParam', { id: 'report' }],
    ['DELETE /cost/report', 404],
    ['HEAD /cost/report', 404],
    ['OPTIONS /cost/report', 404],
    ['GET /cost/Ab%20c', 'bParam', { id: 'Ab c' }],
    ['GET /cost/a%2Fb', 'bParam', { id: 'a%2Fb' }],
    ['GET /cost/a%252Fb', 'bParam', { id: 'a%2Fb' }],
    ['GET /cost/x/../report', 'aLiteral', {}],
    ['GET /cost/one/two', 'Bread', { other: 'one', more: 'two' }],
    ['GET /cost/one/two/three', 404],
    ['GET /cost', 404],
    ['GET /%25PATH%25/x', 'setting', {}],
    ['GET /unrouted', 'unrouted', {}],
    ['GET /.well-known/oauth-protected-resource/mcp/cost', 'wellKnown', {}],
    ['GET /.well-known/oauth-protected-resource', 404],
    ['GET /nothing', 404],
  ]
  for (const [line, name, params] of rows) {
    test(`${line} is answered by ${name}`, async () => {
      const [method = '', path = ''] = line.split(' ')
      const { status, body } = await send(host, method, path)
      if (name === 404) assert.deepEqual({ status, body }, { status: 404, body: '' })
      else assert.deepEqual(JSON.parse(body), { name, params })
    })
  }

  test('HEAD is answered where a function lists it', async () => {
    assert.equal((await send(host, 'HEAD', '/headed')).status, 200)
  })

  test('an invalid target or host is refused', async () => {
    assert.equal((await send(host, 'OPTIONS', '*')).status, 400)
    const injected = await send(host, 'GET', '/x', { headers: { host: 'h/cost/report?' } })
    assert.equal(injected.status, 400)
  })

  for (const template of ['a//b', 'a/{b', '{*rest}/b', '{a}{b}', '{n:int}', '{a?}', 'x-{a}']) {
    test(`the template ${template} is refused`, () => {
      assert.throws(() => compileTemplate(template))
    })
  }
})
