/** Each night, deletes the rows of the cache that have expired. What it does not get done waits for the next night. */
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
