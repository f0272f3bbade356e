/**
 * A client that shows pages of tools (MCP Apps), by the official client and host side: it finds the page by the tool,
 * puts it into a frame without rights, hands it the tool's result, and calls tools for it. `show` is called by the test.
 */
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import {
  AppBridge,
  getToolUiResourceUri,
  type McpUiTheme,
  PostMessageTransport,
  RESOURCE_MIME_TYPE,
} from '@modelcontextprotocol/ext-apps/app-bridge'

type Shown = {
  endpoint: string
  token: string
  tool: string
  args: Record<string, unknown>
  theme: McpUiTheme
  locale?: string
  /** What the person asked, for the picture. */
  says?: string
  /** Takes away what a host may lack. */
  without?: 'tools' | 'structured content'
}

const info = { name: 'host-page', version: '1' }
const extension = 'io.modelcontextprotocol/ui'

async function show(shown: Shown) {
  const { endpoint, token, tool: name, args, theme, locale = 'en-US', says = '', without } = shown
  document.documentElement.dataset.theme = theme
  element('#question').textContent = says
  element('#tool').textContent = name

  const client = new Client(info, {
    capabilities: { extensions: { [extension]: { mimeTypes: [RESOURCE_MIME_TYPE] } } },
  })
  const headers = { authorization: `Bearer ${token}` }
  await client.connect(
    new StreamableHTTPClientTransport(new URL(endpoint), { requestInit: { headers } }),
  )
  const tool = (await client.listTools()).tools.find((it) => it.name === name)
  const uri = tool && getToolUiResourceUri(tool)
  if (!tool || !uri) throw new Error(`${name} has no page`)
  const [page] = (await client.readResource({ uri })).contents
  if (!page || !('text' in page) || page.mimeType !== RESOURCE_MIME_TYPE)
    throw new Error(`${uri} is no page`)

  const frame = document.createElement('iframe')
  frame.title = 'Azure costs'
  frame.sandbox.add('allow-scripts')
  element('#view').replaceChildren(frame)
  const { contentWindow } = frame
  if (!contentWindow) throw new Error('The frame has no window')

  const bridge = new AppBridge(
    without === 'tools' ? null : client,
    info,
    { ...(without !== 'tools' && { serverTools: {} }), updateModelContext: { text: {} } },
    { hostContext: { theme, locale, timeZone: 'UTC', toolInfo: { tool } } },
  )
  const contexts: unknown[] = []
  bridge.onupdatemodelcontext = async (context) => {
    contexts.push(context)
    return {}
  }
  bridge.onsizechange = ({ height }) => {
    if (height !== undefined) frame.style.height = `${height}px`
  }
  const initialized = new Promise<void>((resolve) => {
    bridge.oninitialized = () => resolve()
  })
  await bridge.connect(new PostMessageTransport(contentWindow, contentWindow))
  frame.srcdoc = page.text
  await initialized
  await bridge.sendToolInput({ arguments: args })
  const { structuredContent, ...result } = await client.callTool({ name, arguments: args })
  await bridge.sendToolResult(
    without === 'structured content' ? result : { ...result, structuredContent },
  )
  Object.assign(window, {
    contexts,
    setTheme(next: McpUiTheme) {
      document.documentElement.dataset.theme = next
      return bridge.sendHostContextChange({ theme: next })
    },
  })
  return { ...result, structuredContent }
}

function element(selector: string): Element {
  const found = document.querySelector(selector)
  if (!found) throw new Error(`The page has no ${selector}`)
  return found
}

Object.assign(window, { show })
