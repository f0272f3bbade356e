/** GET /: a page that lists the endpoints, for a person who opens the server's address. */
import { startPage as page } from '../shared/mcp/endpoint-page.ts'
import { httpFunction, type Surface } from '../shared/register.ts'

export const startPage: Surface = (app, context) =>
  httpFunction('start-page', {
    // With an empty route, the host would use the function's name.
    route: '/',
    methods: ['GET', 'HEAD'],
    handler:
      ({ settings }) =>
      () =>
        page(context.endpoints, settings),
  })(app, context)
