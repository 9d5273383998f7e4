import { text } from '../lib/http.js'
import { failure } from '../lib/log.js'
import { collection } from '../lib/mongodb.js'

const KEEPALIVE_MS = 15_000
const WAIT_MS = 600_000

export async function dashboard(req, res) {
  const tickets = await collection('stylistTickets').estimatedDocumentCount()
  const orders = await collection('orders').estimatedDocumentCount()
  const page = `<!doctype html><title>Concierge dashboard</title><h1>Concierge</h1><p>${tickets} tickets, ${orders} orders</p>\n`
  text(res, 200, page, 'text/html; charset=utf-8')
}

// Sends urgent tickets to the dashboard as they come in.
export async function liveTickets(req, res, url, requestId) {
  res.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' })
  res.write(': connected\n\n')
  const keepalive = setInterval(() => res.write(': still here\n\n'), KEEPALIVE_MS)
  res.on('close', () => clearInterval(keepalive))
  const urgent = [{ $match: { operationType: 'insert', 'fullDocument.priority': 'urgent' } }]
  const feed = collection('stylistTickets').watch(urgent, { maxAwaitTimeMS: WAIT_MS })
  try {
    for await (const event of feed) res.write(`data: ${JSON.stringify({ reference: event.fullDocument.reference })}\n\n`)
  } catch (error) {
    failure('/admin/tickets/live', requestId, error)
    res.end()
  }
}
