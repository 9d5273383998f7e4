import { MongoClient } from 'mongodb'

const uri = process.env.MONGODB_URI

// One client, and so one connection pool, for the whole process.
const client = new MongoClient(uri, {
  appName: 'glowglitch-app',
  maxPoolSize: 10,
  minPoolSize: 2,
  waitQueueTimeoutMS: 1500,
  serverSelectionTimeoutMS: 1500,
})

export const collection = (name) => client.db().collection(name)

export const ping = () => client.db().command({ ping: 1 })
