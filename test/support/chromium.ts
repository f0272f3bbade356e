/** The system's Chromium. Nothing is downloaded: without one there is none. */
import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const executablePath = ['chromium', 'chromium-browser', 'google-chrome']
  .map((name) => `/usr/bin/${name}`)
  .find((path) => existsSync(path))

/** Why tests that need it are to be skipped; false where it is. */
export const withoutChromium: string | false =
  executablePath === undefined &&
  'There is no Chromium in /usr/bin (Debian: apt-get install chromium)'

export const launchChromium = (): Promise<Browser> =>
  chromium.launch({
    ...(executablePath === undefined ? {} : { executablePath }),
    // Containers have neither the namespaces for its sandbox nor much shared memory.
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
  })
