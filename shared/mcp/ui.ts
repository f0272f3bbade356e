/**
 * Pages that clients show beside a tool's result (MCP Apps, `io.modelcontextprotocol/ui`, 2026-01-26). The build makes
 * one file from each folder in pages/; it is read when a client first requests it. A page holds no data: the client
 * passes it the results of tools, and calls tools for it as the signed-in user.
 */
import { readFile } from 'node:fs/promises'
import type { ListResourcesResult, ReadResourceResult } from '@modelcontextprotocol/server'

export type Ui = {
  /** Clients may cache the page by its URI: change it when the page has changed much. */
  uri: `ui://${string}`
  /** For people, in clients that list resources. */
  title: string
  /** Name of the page's folder in pages/. */
  page: string
}

export type UiPages = {
  list: ListResourcesResult
  /** Undefined if no tool has a page of that URI. Rejects if the build has not made the file. */
  read: (uri: string) => Promise<ReadResourceResult> | undefined
}

export const extension = 'io.modelcontextprotocol/ui'
const mimeType = 'text/html;profile=mcp-app'

/** The page contains all that it needs, so its policy allows no origin. */
const _meta = {
  ui: {
    csp: { connectDomains: [], resourceDomains: [], frameDomains: [], baseUriDomains: [] },
    prefersBorder: true,
  },
}

/** A listed tool's reference to its page. Clients from before January 2026 read the second key. */
export const uiMeta = ({ uri }: Ui) => ({ ui: { resourceUri: uri }, 'ui/resourceUri': uri })

/** The pages of an endpoint's tools; undefined if no tool has one. */
export function uiPages(tools: readonly { ui?: Ui }[]): UiPages | undefined {
  const byUri = new Map<string, Ui>(tools.flatMap(({ ui }) => (ui ? [[ui.uri, ui]] : [])))
  if (byUri.size === 0) return undefined
  const readOnce = new Map<string, Promise<ReadResourceResult>>()
  return {
    list: {
      resources: [...byUri.values()].map(({ uri, title, page }) => ({
        ...{ uri, title, name: page, mimeType, _meta },
      })),
    },
    read(uri) {
      const known = readOnce.get(uri)
      if (known) return known
      const ui = byUri.get(uri)
      if (!ui) return undefined
      const reading = readFile(fileOf(ui), 'utf8').then((text) => ({
        contents: [{ uri, mimeType, text, _meta }],
      }))
      readOnce.set(uri, reading)
      // The build may make a missing file later.
      reading.catch(() => readOnce.delete(uri))
      return reading
    },
  }
}

/** The repository is two folders up, both from here and from the bundle, dist/functions/main.js. */
const fileOf = ({ page }: Ui) => new URL(`../../dist/pages/${page}.html`, import.meta.url)
