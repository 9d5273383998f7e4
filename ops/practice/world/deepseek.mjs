// Stands in for the DeepSeek API: the two routes that the shop and its operators call, a limit of requests
// per minute, and the x-ratelimit-* headers that tell of it.
import { existsSync } from 'node:fs'
import http from 'node:http'

const perMinute = Number(process.env.REQUESTS_PER_MINUTE)
const key = process.env.DEEPSEEK_API_KEY
const home = process.env.CALM_PRACTICE_DIR
const SENTENCES = ['A moonstone goes well with silver.', 'That ring ships today.', 'Opal is softer than topaz: take it off to wash up.']

// A bucket that refills steadily. A small limit starts empty, as it does for an account that has used it up.
let tokens = process.env.USED_UP === 'yes' ? 0 : perMinute
let refilled = Date.now()

function refill() {
  const now = Date.now()
  tokens = Math.min(perMinute, tokens + ((now - refilled) / 60_000) * perMinute)
  refilled = now
}

function limitHeaders() {
  const wait = tokens >= 1 ? 0 : ((1 - tokens) / perMinute) * 60
  return {
    'x-ratelimit-limit-requests': String(perMinute),
    'x-ratelimit-remaining-requests': String(Math.floor(tokens)),
    'x-ratelimit-reset-requests': `${wait.toFixed(1)}s`,
    ...(wait > 0 && { 'retry-after': String(Math.ceil(wait)) }),
  }
}

function answer(res, status, body) {
  res.writeHead(status, { 'content-type': 'application/json', ...limitHeaders() })
  res.end(JSON.stringify(body) + '\n')
}

let answered = 0
const completion = () => ({
  id: `chat-${++answered}`, object: 'chat.completion', model: 'deepseek-chat',
  choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: SENTENCES[answered % SENTENCES.length] } }],
})

http.createServer((req, res) => {
  req.resume()
  refill()
  if (req.headers.authorization !== `Bearer ${key}`) return answer(res, 401, { error: { message: 'Authentication Fails', type: 'authentication_error' } })
  const path = new URL(req.url, 'http://localhost').pathname
  if (path === '/v1/models') return answer(res, 200, { object: 'list', data: [{ id: 'deepseek-chat', object: 'model' }] })
  if (path !== '/v1/chat/completions') return answer(res, 404, { error: { message: 'Not Found' } })
  if (tokens < 1) return answer(res, 429, { error: { message: 'Rate limit reached', type: 'rate_limit_error' } })
  tokens -= 1
  answer(res, 200, completion())
}).listen(Number(process.env.PORT), '127.0.0.1')

// Nothing may outlive the host's folder.
setInterval(() => existsSync(home) || process.exit(0), 5000)
