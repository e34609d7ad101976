/** What a failure of PostgreSQL means: a bad row, a bad configuration, or a database that is not there. */
import { messageOf, RetryableError, StreamcoreError, TerminalError } from 'streamcore'

/** The five characters with which PostgreSQL names a failure; undefined for failures of another origin. */
export function sqlStateOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined
  return /^[0-9A-Z]{5}$/.test(error.code) ? error.code : undefined
}

/** Whether a row is to blame: bad values (22), broken constraints (23), views' checks (44), triggers that refuse (P0001). */
export function isRowFailure(error: unknown): boolean {
  const state = sqlStateOf(error)
  return state !== undefined && (/^(22|23|44)/.test(state) || state === 'P0001')
}

/** What the database says about a refused row. */
export function rowFailureReason(error: unknown): string {
  const detail = error instanceof Error && 'detail' in error ? error.detail : undefined
  return typeof detail === 'string' ? `${messageOf(error)}: ${detail}` : messageOf(error)
}

/** Certificates that are not trusted, have expired, or name another host. */
const untrusted =
  /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_.*|CERT_.*|ERR_TLS_CERT_.*)$/
/** Class 28: the login was refused; 3D000: no such database. Neither goes away by itself. */
const refusedLogin = /^(28...|3D000)$/
/** Class 42: a statement does not fit the database; 3F000: no such schema. */
const misfit = /^(42...|3F000)$/

/** The failure as an error of streamcore; one that is already is kept. */
export function describeSqlFailure(error: unknown, address: string): StreamcoreError {
  if (error instanceof StreamcoreError) return error
  const state = sqlStateOf(error)
  const got = `${messageOf(error)}${state === undefined ? '' : ` (${state})`}`
  if (state !== undefined && refusedLogin.test(state)) {
    const message = `Expected to log in at ${address}, got: ${got}; check user, password and database name`
    return new TerminalError('STREAMCORE_CONNECTION', message, { cause: error })
  }
  if (state !== undefined && misfit.test(state)) {
    const message = `Expected the tables at ${address} to fit the job, got: ${got}; compare them with the description`
    return new TerminalError('STREAMCORE_CONFIG', message, { cause: error })
  }
  if (isUntrusted(error)) {
    const message = `Expected a trusted certificate of ${address}, got: ${got}; give the authority's certificate as \`tls.ca\``
    return new TerminalError('STREAMCORE_CONNECTION', message, { cause: error })
  }
  const message = `Expected the database at ${address} to answer, got: ${got}; check that it runs and can be reached`
  return new RetryableError('STREAMCORE_CONNECTION', message, { cause: error })
}

function isUntrusted(error: unknown): boolean {
  return (
    error instanceof Error && 'code' in error && typeof error.code === 'string' && untrusted.test(error.code)
  )
}
