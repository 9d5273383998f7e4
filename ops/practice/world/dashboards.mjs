// The team's browsers with the admin dashboard open: each holds the feed of urgent tickets, and opens it again
// when it breaks, as an EventSource does.
import { existsSync } from 'node:fs'
import http from 'node:http'

const port = Number(process.env.NGINX_PORT)
const home = process.env.CALM_PRACTICE_DIR
const RETRY_MS = 1000

function watch() {
  let closed = false
  const again = () => {
    if (!closed) setTimeout(watch, RETRY_MS)
    closed = true
  }
  const req = http.get({ host: '127.0.0.1', port, path: '/admin/tickets/live', agent: false }, (res) => {
    res.resume()
    res.on('close', again)
  })
  req.on('error', again)
}

for (let tab = 0; tab < Number(process.env.TABS); tab++) watch()

// Nothing may outlive the host's folder.
setInterval(() => existsSync(home) || process.exit(0), 5000)
