/** The page that a consent ends on, as a browser that comes back from Entra is shown it. */
export type ConsentPage = { status: number; headers: Headers; title: string; html: string }

export async function openPage(url: URL | string): Promise<ConsentPage> {
  const response = await fetch(url, { redirect: 'manual' })
  const html = await response.text()
  const [, title = ''] = /<h1>(.*?)<\/h1>/.exec(html) ?? []
  return { status: response.status, headers: response.headers, title, html }
}
