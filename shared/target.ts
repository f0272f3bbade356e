/** Where a request over undici goes, as its `Dispatcher.request` takes it. Throws for what is no URL. */
export function target(url: string): { origin: string; path: string } {
  const { origin, pathname, search } = new URL(url)
  return { origin, path: pathname + search }
}
