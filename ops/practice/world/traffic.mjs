// Visitors of the shop, through nginx: about 20 requests a second. A visitor loads the front page and, if the
// concierge's button is on it, uses the concierge; if not, looks around. Then the next visitor comes.
import { existsSync } from 'node:fs'
import http from 'node:http'

const port = Number(process.env.NGINX_PORT)
const home = process.env.CALM_PRACTICE_DIR
const EVERY_MS = 50
const MOST_OPEN = 150
const PATIENCE_MS = 15_000
const VISITORS = 20
const CATEGORIES = ['rings', 'necklaces', 'earrings', 'bracelets']
const AGENTS = [
  'Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Safari/605.1.15',
  'Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/129.0.0.0 Mobile Safari/537.36',
]

const agent = new http.Agent({ keepAlive: true, maxSockets: 8, timeout: PATIENCE_MS })
const pick = (list, n) => list[n % list.length]
let open = 0

function send(visitor, method, path, body) {
  open += 1
  return new Promise((resolve) => {
    const done = (text) => { open -= 1; resolve(text) }
    const headers = { host: 'glowglitch.com', 'user-agent': visitor.agent, cookie: `aurora_visitor=${visitor.id}` }
    if (visitor.referer) headers.referer = 'https://glowglitch.com/'
    if (body) headers['content-type'] = 'application/json'
    const req = http.request({ host: '127.0.0.1', port, localAddress: visitor.address, agent, method, path, headers, timeout: PATIENCE_MS }, (res) => {
      let text = ''
      res.setEncoding('utf8')
      res.on('data', (chunk) => { text += chunk })
      res.on('close', () => done(text))
    })
    req.on('timeout', () => req.destroy())
    req.on('error', () => done(''))
    req.end(body && JSON.stringify(body))
  })
}

const search = (v, category) => send(v, 'GET', `/api/support/products${category ? `?category=${pick(CATEGORIES, v.n)}` : ''}`)
const chat = (v) => send(v, 'POST', '/api/support/chat', { sessionId: v.id, message: 'What goes with silver?' })
const rate = (v) => send(v, 'POST', '/api/support/csat', { sessionId: v.id, rating: 3 + (v.n % 3) })
const dashboard = (v) => send(v, 'GET', '/admin')
const CONCIERGE = [
  (v) => search(v, true),
  chat,
  (v) => search(v, false),
  (v) => send(v, 'POST', '/api/support/shortlist', { sessionId: v.id, skus: [`GG-RI-${1000 + (v.n % 12)}`] }),
  (v) => search(v, true),
  (v) => send(v, 'GET', `/api/support/tickets?reference=T-${1001 + ((v.n * 97) % 240)}`),
  (v) => search(v, false),
  (v) => pick([chat, rate, chat, dashboard], v.n)(v),
]

// One step of one visit; the first two are the page and its script.
async function step(v) {
  const at = v.step++
  if (at === 0) {
    v.widget = (await send(v, 'GET', '/')).includes('glowglitch-aurora-widget')
    v.referer = true
  } else if (at === 1) {
    await send(v, 'GET', '/assets/widget.js')
  } else if (v.widget) {
    await CONCIERGE[at - 2](v)
  } else {
    await send(v, 'GET', `/collections/${pick(CATEGORIES, at)}`)
  }
}

let arrived = 0
function newcomer(seat) {
  arrived += 1
  const id = `v${arrived % 500}`
  return { seat, id, n: arrived, step: 0, widget: false, referer: false, address: `127.0.1.${10 + seat}`, agent: pick(AGENTS, arrived) }
}

const seats = Array.from({ length: VISITORS }, (_, seat) => newcomer(seat))
// Visits that all begin together would make the mix of requests swing.
for (const v of seats) v.step = v.seat % (CONCIERGE.length + 2)
let turn = 0
setInterval(() => {
  if (open >= MOST_OPEN) return
  const v = seats[turn++ % VISITORS]
  if (v.step >= CONCIERGE.length + 2) seats[v.seat] = newcomer(v.seat)
  step(seats[v.seat])
}, EVERY_MS)

// Nothing may outlive the host's folder.
setInterval(() => existsSync(home) || process.exit(0), 5000)
