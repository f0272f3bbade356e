/**
 * Pages that clients show beside a tool's result (MCP Apps, `io.modelcontextprotocol/ui`, 2026-01-26). The build makes
 * one file of each folder in pages/; it is read when a client first asks for it. A page holds no data: the client hands
 * it the results of tools, and calls tools for it as the signed-in user.
 */
import { readFile } from 'node:fs/promises'
import type { ListResourcesResult, ReadResourceResult } from '@modelcontextprotocol/server'

export type Ui = {
  /** Clients may keep a page by it: give a page that has changed much another one. */
  uri: `ui://${string}`
  /** For people, in clients that list resources. */
  title: string
  /** Name of its folder in pages/. */
  page: string
}

export type UiPages = {
  list: ListResourcesResult
  /** Undefined: no tool has a page of that URI. Rejects where the build has not made the file. */
  read: (uri: string) => Promise<ReadResourceResult> | undefined
}

export const extension = 'io.modelcontextprotocol/ui'
const mimeType = 'text/html;profile=mcp-app'

/** All within the page: it fetches nothing, and no origin is named from which it could. */
const _meta = {
  ui: {
    csp: { connectDomains: [], resourceDomains: [], frameDomains: [], baseUriDomains: [] },
    prefersBorder: true,
  },
}

/** What a listed tool says of its page. Clients of before January 2026 read the second key. */
export const uiMeta = ({ uri }: Ui) => ({ ui: { resourceUri: uri }, 'ui/resourceUri': uri })

/** The pages of an endpoint's tools; undefined where none has one. */
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
      // A file that was missing may be there the next time.
      reading.catch(() => readOnce.delete(uri))
      return reading
    },
  }
}

/** Two folders up from here and from the bundle, dist/functions/main.js, is the same place. */
const fileOf = ({ page }: Ui) => new URL(`../../dist/pages/${page}.html`, import.meta.url)
