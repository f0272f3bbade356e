/**
 * One MCP endpoint as `Request → Response`: the checks in their order (method, Origin, size, bearer, JSON, access), then
 * the SDK. Each check throws a Failure, which is answered here, once: to the model (result.ts) if it ended a tool's
 * call, otherwise over HTTP (http/failure-response.ts).
 */
import type { Trace } from '../api-client/connection.ts'
import { type AuditRecord, causes, downstreamRequests, readable, traced } from '../audit.ts'
import { type Caller, identityOf } from '../entra/caller.ts'
import { Failure } from '../failure.ts'
import { checkSize, parseMessage } from '../http/body.ts'
import { failureResponse } from '../http/failure-response.ts'
import { protectedResource, scopePrefix } from '../http/metadata.ts'
import { originPolicy } from '../http/origin.ts'
import type { RequestHandler } from '../http/request-handler.ts'
import { at, parseJson } from '../json.ts'
import type { Services } from '../services.ts'
import { scopeNames } from './access.ts'
import { checkBounds, idOf } from './bounds.ts'
import { callContexts } from './call-context.ts'
import type { EndpointDefinition } from './define-endpoint.ts'
import { readMessage } from './message.ts'
import { protocol } from './protocol.ts'
import { failureResult, failureSentence } from './result.ts'
import type { Tool } from './tool.ts'
import { toolDescriber } from './tool-describer.ts'
import { toolHandler } from './tool-handler.ts'
import { toolList } from './tool-list.ts'
import { uiPages } from './ui.ts'

export type Endpoint = {
  handle: RequestHandler
  /** Protected resource metadata (RFC 9728). */
  metadata: RequestHandler
}

export function endpoint(definition: EndpointDefinition, services: Services): Endpoint {
  const { name, title, tools } = definition
  const { settings, authority, validate, journal, warmUp, now } = services
  const { publicBaseUrl, oauth: facade } = settings
  const { metadataUrl, document, qualify } = protectedResource({
    publicBaseUrl,
    path: `/mcp/${name}`,
    title,
    issuer: facade ? publicBaseUrl : authority.issuer,
    scopePrefix: facade ? undefined : scopePrefix(settings, name),
    // A client requests all of them at sign-in: none that only an administrator can grant.
    scopes: scopeNames(tools, 'user'),
  })
  const signInScope = document.scopes_supported.join(' ')
  const origins = originPolicy(settings)
  const toolByName = new Map(tools.map((tool) => [tool.name, tool]))
  const list = toolList(tools, settings)
  const inCall = callContexts(services)
  const callTool = toolHandler(services, inCall)
  const describe = toolDescriber(definition, services, inCall)
  const allScopes = scopeNames(tools)
  const noteTool = (record: AuditRecord, { name, access, downstreams }: Tool, { scp }: Caller) => {
    record.tool = name
    record.scopes = access.scopes.map(({ value }) => value).filter((value) => scp.has(value))
    record.downstream = downstreams.map(({ scope }) => scope(settings)).join(' ')
  }
  const serve = protocol({ ...definition, pages: uiPages(tools) })
  const stepUp = async (failure: Failure, caller: Caller) =>
    (await services.oauth?.stepUp(failure, { caller, endpoint: name, scopes: allScopes })) ??
    failure
  const responseTo = failureResponse({ signInScope, qualify, resourceMetadata: metadataUrl })

  const answer: RequestHandler = async (request, { log, reference, body }) => {
    const begun = now()
    const record: AuditRecord = { reference, endpoint: name, outcome: 'ok' }
    try {
      checkMethod(request)
      origins.check(request)
      if (request.method === 'OPTIONS') return origins.preflight(request, 'POST, OPTIONS')
      checkSize(body)
      return await decide(request, body, record)
    } catch (error) {
      const failure = error instanceof Failure ? error : unforeseen(error)
      const response = responseTo(failure.detail, { reference, id: idOf(parseJson(body)) })
      noteFailure(record, failure)
      record.status = response.status
      return response
    } finally {
      record.milliseconds = Math.round(now() - begun)
      if (isDecision(record)) journal(log, record)
      warmUp()
    }
  }

  /** @throws the Failures that are answered over HTTP */
  const decide = async (request: Request, body: string, record: AuditRecord) => {
    const token = bearerToken(request.headers.get('authorization'))
    if (!token) throw new Failure({ reason: 'token_missing' })
    const caller = await validate(token)
    Object.assign(record, identityOf(caller))

    const message = readMessage(parseMessage(body))
    checkBounds(message, request)
    const tool = calledTool(message, toolByName)
    if (tool) {
      noteTool(record, tool, caller)
      const { scopes, roles, actors } = tool.access.missing(caller, settings)
      // No scope helps while a role is missing or another actor is required: a challenge would loop (tool-handler.ts).
      if (scopes.length > 0 && roles.length + actors.length === 0) {
        const all = tool.access.scopes.map(({ value }) => value)
        throw await stepUp(new Failure({ reason: 'scope_missing', scopes: all }), caller)
      }
    }

    let isCalled = false
    const response = await serve(request, message, {
      list: () => (definition.describe ? listFor(caller, record) : list.own(caller)),
      call: (called, args, { opensLinks }) => {
        isCalled = true
        const tool = toolByName.get(called)
        if (!tool) Object.assign(record, { outcome: 'unknown_tool', tool: readable(called) })
        return tool && call({ tool, args, caller, opensLinks, record })
      },
    })
    // The SDK refused the message before the call.
    if (tool && !isCalled) {
      record.outcome = 'protocol_error'
      if (response.status !== 200) record.status = response.status
    }
    return response
  }

  /** @throws the Failures that are answered over HTTP */
  const listFor = async (caller: Caller, record: AuditRecord) => {
    const trace: Trace = { requestIds: [], retries: 0 }
    try {
      const words = await describe(caller, trace)
      return words ? list.described(caller, words) : list.undescribed(caller, askForScope)
    } catch (thrown) {
      if (!(thrown instanceof Failure)) throw thrown
      const error = await stepUp(thrown, caller)
      const said = failureSentence(error.detail)
      if (!said) throw error
      noteFailure(record, error)
      return list.undescribed(caller, `${said} (reference ${record.reference})`)
    } finally {
      Object.assign(record, downstreamRequests(trace))
    }
  }

  /** @throws the Failures that are answered over HTTP */
  const call = async (asked: ToolCall) => {
    const { record, opensLinks, ...call } = asked
    const trace: Trace = { requestIds: [], retries: 0 }
    try {
      const result = await callTool({ ...call, trace })
      if (result.isError) record.outcome = 'far_error'
      return result
    } catch (thrown) {
      if (!(thrown instanceof Failure)) throw thrown
      const error = await stepUp(thrown, call.caller)
      const result = failureResult(error.detail, { reference: record.reference, opensLinks })
      if (!result) throw error
      noteFailure(record, error)
      return result
    } finally {
      Object.assign(record, downstreamRequests(trace))
    }
  }

  return {
    handle: async (request, invocation) =>
      origins.expose(await answer(request, invocation), request.headers.get('origin')),
    metadata: (request) =>
      request.method === 'OPTIONS'
        ? origins.preflight(request, 'GET, OPTIONS')
        : origins.expose(Response.json(document), request.headers.get('origin')),
  }
}

const askForScope = 'Call it to be asked for the scope that it needs.'

type ToolCall = {
  tool: Tool
  args: unknown
  caller: Caller
  opensLinks: boolean
  record: AuditRecord
}

function checkMethod({ method }: Request): void {
  if (method === 'POST' || method === 'OPTIONS') return
  const message = 'Only POST is served here'
  const headers = { allow: 'POST, OPTIONS' }
  throw new Failure({ reason: 'protocol_error', status: 405, code: -32000, message, headers })
}

/** RFC 6750 §2.1. A token is accepted nowhere else. */
const bearerToken = (authorization: string | null) =>
  /^Bearer +(\S.*)$/i.exec(authorization ?? '')?.[1]

function noteFailure(record: AuditRecord, failure: Failure): void {
  const { cause, detail, severity, identity } = failure
  const told = detail.reason === 'unforeseen' ? traced(cause) : causes(failure)
  Object.assign(record, identity, { severity, outcome: detail.reason, detail: told })
}

const unforeseen = (cause: unknown) => new Failure({ reason: 'unforeseen' }, { cause })

/** Whether the request gets a log line. Lists do not, nor do invalid messages from unknown callers. */
const isDecision = ({ outcome, tool, oid }: AuditRecord) =>
  tool !== undefined || (outcome !== 'ok' && (outcome !== 'protocol_error' || oid !== undefined))

/** The tool that the SDK will call: it reads the same object. */
function calledTool(message: unknown, toolByName: ReadonlyMap<string, Tool>): Tool | undefined {
  const name = at(message, 'method') === 'tools/call' && at(message, 'params', 'name')
  return typeof name === 'string' ? toolByName.get(name) : undefined
}
