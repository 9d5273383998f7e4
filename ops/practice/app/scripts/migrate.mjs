// Makes sure that every index exists. It changes no data and may be run again at any time.
import { MongoClient } from 'mongodb'

const indexes = {
  products: [{ key: { readyToShip: 1, category: 1 } }],
  orders: [{ key: { reference: 1 }, unique: true }],
  stylistTickets: [{ key: { reference: 1 }, unique: true }, { key: { status: 1 } }],
  widgetShortlists: [{ key: { sessionId: 1 }, unique: true }],
  widgetCSAT: [{ key: { sessionId: 1 }, unique: true }],
}

const client = new MongoClient(process.env.MONGODB_URI, { serverSelectionTimeoutMS: 5000 })
try {
  for (const [collection, wanted] of Object.entries(indexes)) {
    const names = await client.db().collection(collection).createIndexes(wanted)
    console.log(`${collection}: ${names.join(', ')}`)
  }
} finally {
  await client.close()
}
