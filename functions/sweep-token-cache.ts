/** Deletes expired rows of the token cache every night. Rows that are left over wait for the next night. */
import type { Surface } from '../shared/register.ts'

export const sweepTokenCache: Surface = (app, { services }) => {
  const { shared } = services.tokenCache
  if (!shared) return
  app.timer('sweep-token-cache', {
    schedule: '0 30 2 * * *',
    async handler(_timer, context) {
      context.log(`Swept ${await shared.sweep()} expired rows`)
    },
  })
}
