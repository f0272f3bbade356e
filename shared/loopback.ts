/** Whether a URL's host is this computer, where http is as safe as https, since no network is in between. */
export const isLoopback = (url: URL): boolean =>
  ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)
