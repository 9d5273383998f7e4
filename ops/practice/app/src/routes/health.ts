import { json } from '../lib/http.js'
import { failure } from '../lib/log.js'
import { ping } from '../lib/mongodb.js'

export async function health(req, res, url, requestId) {
  const timestamp = new Date().toISOString()
  if (url.searchParams.get('check') !== 'db') return json(res, 200, { status: 'ok', timestamp })
  try {
    await ping()
  } catch (error) {
    failure('/api/health', requestId, error)
    return json(res, 503, { status: 'degraded', timestamp, checks: { database: 'error' } })
  }
  json(res, 200, { status: 'ok', timestamp, checks: { database: 'ok' } })
}
