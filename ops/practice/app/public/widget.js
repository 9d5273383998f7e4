// Opens the concierge when its button is clicked, and keeps the session in the browser.
(() => {
  const button = document.querySelector('[data-concierge]')
  if (!button) return
  const key = 'aurora-concierge-session-v1'
  const session = localStorage.getItem(key) ?? crypto.randomUUID()
  localStorage.setItem(key, session)
  button.addEventListener('click', () => button.dispatchEvent(new CustomEvent('concierge:open', { bubbles: true, detail: { session } })))
})()
