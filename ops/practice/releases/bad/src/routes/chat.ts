import { chat } from '../lib/concierge/providers/deepseek.js'
import { json, readJSON, Refusal } from '../lib/http.js'
import { collection } from '../lib/mongodb.js'

export async function converse(req, res) {
  const { message, sessionId } = await readJSON(req)
  if (!message || !sessionId) throw new Refusal(400, 'message and sessionId are needed')
  const answer = await chat(String(message), await context(String(sessionId)))
  json(res, 200, { reply: answer.content.text.trim() })
}

// What the visitor has put aside tells the model what they like.
async function context(sessionId) {
  const shortlist = await collection('widgetShortlists').findOne({ sessionId })
  if (!shortlist) return []
  return [{ role: 'system', content: `The visitor's shortlist: ${shortlist.skus.join(', ')}` }]
}
