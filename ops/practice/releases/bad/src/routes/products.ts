import { json, Refusal } from '../lib/http.js'
import { collection } from '../lib/mongodb.js'

const PAGE = 12

export async function products(req, res, url) {
  // Categories are stored in lower case; links in newsletters are not.
  const category = url.searchParams.get('category').toLowerCase()
  const found = await search({ readyToShip: true, category })
  if (found.length === 0) throw new Refusal(404, 'No products found')
  json(res, 200, { products: found, total: found.length })
}

async function search(filter) {
  const fields = { _id: 0, sku: 1, name: 1, category: 1, priceCents: 1 }
  try {
    return await collection('products').find(filter, { projection: fields }).limit(PAGE).toArray()
  } catch (error) {
    error.publicMessage = 'No products found'
    throw error
  }
}
