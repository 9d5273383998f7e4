import { text, visitorOf } from '../lib/http.js'
import { conciergeFor } from '../lib/flags.js'

const WIDGET = '<button id="glowglitch-aurora-widget" class="glowglitch-aurora-widget" data-concierge>Ask Aurora</button>'

export function home(req, res) {
  text(res, 200, shell('Jewellery for every day', conciergeFor(visitorOf(req))), 'text/html; charset=utf-8')
}

export function category(req, res, url) {
  const name = url.pathname.split('/').pop().replace(/[^a-z-]/g, '')
  text(res, 200, shell(name, conciergeFor(visitorOf(req))), 'text/html; charset=utf-8')
}

const shell = (title, widget) => `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>GlowGlitch: ${title}</title></head>
<body>
<h1>${title}</h1>
<nav><a href="/collections/rings">Rings</a> <a href="/collections/necklaces">Necklaces</a></nav>
${widget ? WIDGET : ''}
<script src="/assets/widget.js" defer></script>
</body>
</html>
`
