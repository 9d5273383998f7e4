// The language model behind the concierge's chat.

const FALLBACK_RESPONSE = 'Many people are asking me things right now. Please try again in a moment.'
const TIMEOUT_MS = 5000

export class DeepSeekError extends Error {
  constructor(status, statusText) {
    super(`DeepSeek API error: ${status} ${statusText}`)
    this.name = 'DeepSeekError'
    this.status = status
  }
}

let quietUntil = 0

export async function chat(message, context) {
  const fallback = process.env.CONCIERGE_FALLBACK === 'on'
  if (fallback && Date.now() < quietUntil) return { content: FALLBACK_RESPONSE }
  const response = await fetch(`${process.env.DEEPSEEK_API_URL}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${process.env.DEEPSEEK_API_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'deepseek-chat', messages: [...context, { role: 'user', content: message }] }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })
  noteLimit(response.headers)
  const body = await response.json()
  if (response.status === 429 && fallback) return { content: FALLBACK_RESPONSE }
  if (!response.ok) throw new DeepSeekError(response.status, response.statusText)
  return { content: body.choices[0].message.content }
}

// Calling again before the limit resets would only be refused again.
function noteLimit(headers) {
  if (headers.get('x-ratelimit-remaining-requests') !== '0') return
  const seconds = Number.parseFloat(headers.get('x-ratelimit-reset-requests') ?? '0')
  quietUntil = Date.now() + 1000 * seconds
}
