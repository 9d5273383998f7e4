import { json, readJSON, Refusal } from '../lib/http.js'
import { collection } from '../lib/mongodb.js'

export async function shortlist(req, res) {
  const { sessionId, skus } = await readJSON(req)
  if (!sessionId || !Array.isArray(skus)) throw new Refusal(400, 'sessionId and skus are needed')
  await keep('widgetShortlists', String(sessionId), { skus: skus.map(String).slice(0, 20) })
  json(res, 200, { saved: skus.length })
}

export async function csat(req, res) {
  const { sessionId, rating } = await readJSON(req)
  if (!sessionId || !(rating >= 1 && rating <= 5)) throw new Refusal(400, 'sessionId and a rating from 1 to 5 are needed')
  await keep('widgetCSAT', String(sessionId), { rating })
  json(res, 200, { thanks: true })
}

export async function ticket(req, res, url) {
  const reference = url.searchParams.get('reference') ?? ''
  const found = await collection('stylistTickets').findOne({ reference })
  if (!found) throw new Refusal(404, 'Ticket not found')
  if (typeof found.customer?.email !== 'string' || !Array.isArray(found.messages)) {
    throw new TypeError(`stylistTickets ${reference} is corrupt: customer or messages are not what they should be`)
  }
  json(res, 200, { reference, status: found.status, messages: found.messages.length })
}

const keep = (name, sessionId, fields) =>
  collection(name).updateOne({ sessionId }, { $set: { ...fields, updatedAt: new Date() } }, { upsert: true })
