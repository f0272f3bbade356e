/**
 * Types that `@azure/functions` and its host exchange: the part of the worker's RPC contract for HTTP functions. The
 * library exports no types for it.
 */

export type LogLevel = 'trace' | 'debug' | 'information' | 'warning' | 'error' | 'critical' | 'none'
export type Log = (level: LogLevel, message: string) => void

type Nullable = { value: string }

/** A request that the host sends to the worker in classic mode. */
export type RpcRequest = {
  url: string
  method: string
  /** Absent without a `content-length`, even if a body was sent. */
  body?: { bytes: Uint8Array }
  nullableHeaders: Record<string, Nullable>
  nullableQuery: Record<string, Nullable>
  nullableParams: Record<string, Nullable>
}

export type RpcCookie = {
  name?: string
  value?: string
  domain?: { value: string }
  path?: { value: string }
  expires?: { value: { seconds: number } }
  secure?: { value: boolean }
  httpOnly?: { value: boolean }
  sameSite?: 'none' | 'lax' | 'strict' | 'explicitNone'
  maxAge?: { value: number }
}

export type RpcResponse = {
  statusCode: string
  headers: Record<string, string>
  cookies: RpcCookie[]
  body?: { bytes?: Uint8Array } | null
}

export type Binding = {
  type: string
  direction: string
  route?: string
  methods?: string[]
  authLevel?: 'anonymous' | 'function' | 'admin'
}

export type FunctionMetadata = { name: string; bindings: Record<string, Binding> }
export type Callback = (...args: unknown[]) => unknown
export type HookCallback = (context: { hookData: Record<string, unknown> }) => unknown

export type CoreInvocation = {
  invocationId: string
  metadata: FunctionMetadata
  request: { inputData: { name: string; data: { http: RpcRequest } }[] }
  log: (level: LogLevel, category: string, message: string) => void
}

export type InvocationModel<Context> = {
  getArguments(): Promise<{ context: Context; inputs: unknown[] }>
  invokeFunction(context: Context, inputs: unknown[], callback: Callback): Promise<unknown>
  getResponse(
    context: Context,
    result: unknown,
  ): Promise<{ returnValue?: { http?: RpcResponse } | null }>
}

export type ProgrammingModel = {
  getInvocationModel(core: CoreInvocation): InvocationModel<unknown>
  getCapabilities(capabilities: Record<string, string>): Promise<Record<string, string>>
}
