/** Splits a URL into what undici's `Dispatcher.request` takes. @throws TypeError for an invalid URL */
export function target(url: string): { origin: string; path: string } {
  const { origin, pathname, search } = new URL(url)
  return { origin, path: pathname + search }
}
