import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import http from 'node:http'

import { json, text } from './lib/http.js'
import { describe, failure, info, metric } from './lib/log.js'
import { record } from './lib/metrics.js'
import { dashboard, liveTickets } from './routes/admin.js'
import { converse } from './routes/chat.js'
import { health } from './routes/health.js'
import { metrics } from './routes/metrics.js'
import { category, home } from './routes/page.js'
import { products } from './routes/products.js'
import { csat, shortlist, ticket } from './routes/support.js'

const CLOSE_MS = 500
const here = (path) => readFileSync(new URL(path, import.meta.url), 'utf8')
const build = JSON.parse(here('./build.json'))
const script = here('./public/widget.js')

const routes = {
  'GET /': home,
  'GET /admin': dashboard,
  'GET /admin/tickets/live': liveTickets,
  'GET /api/health': health,
  'GET /api/metrics': metrics,
  'GET /api/support/products': products,
  'GET /api/support/tickets': ticket,
  'GET /assets/widget.js': (req, res) => text(res, 200, script, 'text/javascript; charset=utf-8'),
  'POST /api/support/chat': converse,
  'POST /api/support/csat': csat,
  'POST /api/support/shortlist': shortlist,
}

function routeOf(method, path) {
  if (method === 'HEAD') method = 'GET'
  if (method === 'GET' && path.startsWith('/collections/')) return category
  return routes[`${method} ${path}`]
}

async function handle(req, res) {
  const requestId = randomUUID()
  const url = new URL(req.url, 'http://localhost')
  const route = routeOf(req.method, url.pathname)
  if (!route) return json(res, 404, { error: 'Not found' })
  const started = performance.now()
  let error
  try {
    await route(req, res, url, requestId)
  } catch (caught) {
    error = caught
    refuse(res, requestId, url.pathname, caught)
  }
  if (url.pathname.startsWith('/api/support/')) note(req, res, url.pathname, performance.now() - started, error)
}

function refuse(res, requestId, endpoint, error) {
  if (error.name === 'Refusal') return json(res, error.status, { error: error.message })
  failure(endpoint, requestId, error)
  if (res.headersSent) return res.end()
  const status = error.name === 'DeepSeekError' ? 502 : 500
  json(res, status, { error: error.publicMessage ?? 'Something went wrong', requestId })
}

function note(req, res, endpoint, elapsed, error) {
  const latencyMs = Math.round(elapsed * 10) / 10
  const status = res.statusCode
  record(endpoint, latencyMs, status >= 500)
  metric({ endpoint, method: req.method, status, latencyMs, ...(error && { error: describe(error) }) })
}

const server = http.createServer((req, res) => {
  handle(req, res).catch((error) => {
    failure(req.url, '-', error)
    res.destroy()
  })
})

// Longer than nginx keeps an idle connection: the side that sends must be the one that closes.
server.keepAliveTimeout = 65_000

server.listen(Number(process.env.PORT), '127.0.0.1', () => {
  info('glowglitch is listening', { version: build.version, commit: build.commit.slice(0, 7), concierge: process.env.NEXT_PUBLIC_CONCIERGE_ENABLED ?? 'unset' })
})

function close() {
  server.close(() => process.exit(0))
  server.closeIdleConnections()
  setTimeout(() => process.exit(0), CLOSE_MS)
}
process.on('SIGINT', close)
process.on('SIGTERM', close)
