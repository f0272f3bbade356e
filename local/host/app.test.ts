import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { app } from '@azure/functions'
import { send, start } from '../../test/support/function-host.ts'
import { startHost } from '../host.ts'

describe('what an app registers', () => {
  const handler = () => ({ body: 'here' })

  test('a function with a reserved or conflicting route is skipped', async () => {
    const host = await start(() => {
      app.http('b-second', { route: 'Same', methods: ['POST', 'PUT'], handler })
      app.http('a-first', { route: 'same', methods: ['GET', 'POST'], handler })
      app.http('c-third', { route: 'same', methods: ['DELETE'], handler })
      app.http('inside', { route: 'administration', handler })
      app.http('running', { route: 'runtime/x', handler })
      app.http('1st', { route: 'first', handler })
    })
    assert.deepEqual(
      host.routes.map(({ name }) => name),
      ['a-first', 'c-third'],
    )
    assert.equal(host.logged.filter((line) => line.startsWith('error')).length, 4)
    assert.match(
      host.logged.join('\n'),
      /b-second is skipped: .*conflicts with the route of a-first/,
    )
  })

  test('a timer does not run, and the log says so', async () => {
    const host = await start(() =>
      app.timer('sweep', { schedule: '0 0 * * * *', handler: () => {} }),
    )
    assert.deepEqual(host.logged, ['debug sweep: a timerTrigger does not run here.'])
  })

  test('hooks run at start and stop, and their failure is only logged', async () => {
    const ran: string[] = []
    const host = await start(() => {
      app.hook.appStart(() => {
        throw new Error('no')
      })
      app.hook.appStart(() => void ran.push('start'))
      app.hook.appTerminate(() => void ran.push('terminate'))
    })
    assert.deepEqual(ran, ['start'])
    await host.close()
    assert.deepEqual(ran, ['start', 'terminate'])
    assert.match(host.logged.join('\n'), /error A hook for appStart failed: Error: no/)
  })

  test('an invalid route fails the start, and the error names the function', async () => {
    const starting = start(() => app.http('odd', { route: '/x', handler }), { routePrefix: 'api' })
    await assert.rejects(starting, /The route "api\/\/x" of odd stops the host/)
  })

  test('an app that fails to load releases its port', async () => {
    let port = 0
    const load = async (address: { port: number }) => {
      port = address.port
      throw new Error('bad settings')
    }
    await assert.rejects(startHost({ port: 0, load }), /bad settings/)
    await assert.rejects(fetch(`http://127.0.0.1:${port}`))
  })

  test('a port in use is EADDRINUSE', async () => {
    const { port } = await start(() => undefined)
    await assert.rejects(startHost({ port, load: async () => undefined }), { code: 'EADDRINUSE' })
  })

  test('the prefix applies to every route', async () => {
    const host = await start(() => app.http('x', { route: 'y', handler }), { routePrefix: 'api' })
    assert.equal((await send(host, 'GET', '/api/y')).status, 200)
    assert.equal((await send(host, 'GET', '/y')).status, 404)
  })
})

describe('keys', () => {
  const register = () =>
    app.http('purge', { authLevel: 'admin', methods: ['POST'], handler: () => ({ body: 'done' }) })
  const headers = { 'x-functions-key': 'k1' }

  for (const [what, path, options, status] of [
    ['the key as header opens', '/purge', { headers }, 200],
    ['the key as code opens', '/purge?code=k1', {}, 200],
    ['another key does not', '/purge?code=k2', {}, 401],
    ['no key does not', '/purge', {}, 401],
  ] as const) {
    test(what, async () => {
      const host = await start(register, { adminKey: 'k1' })
      assert.equal((await send(host, 'POST', path, options)).status, status)
    })
  }

  test('without an admin key, or with an empty one, protected functions refuse every request', async () => {
    for (const options of [{}, { adminKey: '' }]) {
      const host = await start(register, options)
      assert.equal((await send(host, 'POST', '/purge?code=')).status, 401)
    }
  })
})
