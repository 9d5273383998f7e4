// Makes a one-member replica set of the mongod at MONGOD_ADDRESS, and fills the shop's database once.
// Run: node init.mjs DRIVER [fill|empty], where DRIVER is the folder of the official mongodb driver.
import { createRequire } from 'node:module'

const { MongoClient } = createRequire(import.meta.url)(process.argv[2])
const address = process.env.MONGOD_ADDRESS
const set = process.env.MONGOD_SET
const client = new MongoClient(`mongodb://${address}/?directConnection=true`, { serverSelectionTimeoutMS: 20_000 })

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

async function initiate() {
  try {
    await client.db('admin').command({ replSetInitiate: { _id: set, members: [{ _id: 0, host: address }] } })
  } catch (error) {
    if (error.codeName !== 'AlreadyInitialized') throw error
  }
  for (;;) {
    const hello = await client.db('admin').command({ hello: 1 })
    if (hello.isWritablePrimary) return
    await pause(50)
  }
}

const CATEGORIES = ['rings', 'necklaces', 'earrings', 'bracelets']
const STONES = ['opal', 'garnet', 'moonstone', 'topaz', 'jade', 'amber']
const METALS = ['silver', 'gold', 'rose gold', 'platinum', 'brass']
const NAMES = ['Ana Ruiz', 'Ben Okafor', 'Chloe Meyer', 'Dev Patel', 'Elin Berg', 'Femi Ade', 'Gita Rao', 'Hugo Silva']
const DAY = 86_400_000
const pick = (list, i) => list[i % list.length]
const list = (count, make) => Array.from({ length: count }, (_, i) => make(i))

function product(i) {
  const stone = pick(STONES, i)
  const metal = pick(METALS, Math.floor(i / 6))
  const category = pick(CATEGORIES, Math.floor(i / 3))
  const story = list(12, (n) => `Step ${n + 1}: the ${stone} of number ${i} is set in ${metal} by hand and looked at under the glass.`)
  return {
    sku: `GG-${category.slice(0, 2).toUpperCase()}-${1000 + i}`, name: `${stone} in ${metal}`, category, readyToShip: i % 8 !== 0,
    priceCents: 4900 + 700 * (i % 40), story: story.join(' '),
  }
}

// Addresses and numbers from the ranges kept for examples: nobody's.
function ticket(i) {
  const name = pick(NAMES, i)
  return {
    reference: `T-${1001 + i}`, status: pick(['open', 'answered', 'closed'], i), priority: 'normal',
    customer: { name, email: `${name.split(' ')[0].toLowerCase()}.${i}@example.com`, phone: `+1-202-555-01${String(i % 100).padStart(2, '0')}` },
    messages: [{ from: 'customer', text: `Does the ${pick(STONES, i)} ring come in my size?` }, { from: 'stylist', text: 'It does; shall I keep one for you?' }],
    createdAt: new Date(Date.UTC(2025, 9, 1) + i * DAY / 4),
  }
}

const order = (i) => ({ reference: `O-${5001 + i}`, sku: `GG-RI-${1000 + (i % 12)}`, totalCents: 4900 + 300 * (i % 30), createdAt: new Date(Date.UTC(2025, 8, 1) + i * DAY / 3) })
const rating = (i) => ({ sessionId: `seed-${i}`, rating: 3 + (i % 3), updatedAt: new Date(Date.UTC(2025, 9, 10)) })
const shortlist = (i) => ({ sessionId: `seed-${i}`, skus: [`GG-RI-${1000 + i}`], updatedAt: new Date(Date.UTC(2025, 9, 10)) })

async function fill(db) {
  const seed = { products: list(120, product), stylistTickets: list(240, ticket), orders: list(200, order), widgetCSAT: list(40, rating), widgetShortlists: list(60, shortlist) }
  for (const [name, documents] of Object.entries(seed)) {
    if ((await db.collection(name).estimatedDocumentCount()) === 0) await db.collection(name).insertMany(documents)
  }
}

// Before a restore: nothing of before may stay, nor may what an operator has set on the server.
async function empty() {
  await client.db('admin').command({ setParameter: 1, notablescan: true })
  await client.db('glowglitch').dropDatabase()
}

try {
  await initiate()
  if (process.argv[3] === 'fill') await fill(client.db('glowglitch'))
  if (process.argv[3] === 'empty') await empty()
} finally {
  await client.close()
}
