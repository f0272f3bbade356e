/** Turns an error of a call to another MCP server into a Failure. The server's own words go to the log only. */
import { ProtocolError, SdkError, SdkErrorCode } from '@modelcontextprotocol/client'
import { type Failures, loggable } from '../api-client/failures.ts'
import { Failure } from '../failure.ts'

export function farFailure(
  error: unknown,
  { name, failures }: { name: string; failures: Failures },
): Failure {
  if (error instanceof Failure) return error
  if (error instanceof ProtocolError) return protocolFailure(name, error)
  const code = error instanceof SdkError ? error.code : undefined
  if (code === SdkErrorCode.ListPaginationExceeded) return failures.tooLarge('20 pages of tools')
  if (code === SdkErrorCode.RequestTimeout || isAbort(error)) return failures.none(error)
  const message = error instanceof Error ? error.message : String(error)
  return failures.unexpected(undefined, [code, loggable(message)].filter(Boolean).join(': '))
}

/** JSON-RPC 2.0 §5.1. */
const invalidParams = -32602

function protocolFailure(downstream: string, { code, message }: ProtocolError): Failure {
  const cure =
    code === invalidParams
      ? 'It does not accept these arguments.'
      : 'The operator of this server has to investigate.'
  return new Failure({
    ...{ reason: 'downstream_refused', downstream, status: 200, code: String(code) },
    person: `${downstream} answered with a protocol error. ${cure}`,
    said: loggable(message),
  })
}

const isAbort = (error: unknown) =>
  error instanceof Error && /^(AbortError|TimeoutError)$/.test(error.name)
