/** Hosts of this computer, where http is as good as https: no network is in between. */
export const isLoopback = (url: URL): boolean =>
  ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)
