// Fastify and Mercurius as their documentation has them, with graphql-jit, loaders and prepared statements; no guards.

import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import Fastify from 'fastify'
import mercurius from 'mercurius'
import pg from 'pg'

const CONNECTIONS = 10
const LAST = ['infinity', 'ffffffff-ffff-ffff-ffff-ffffffffffff'] // Behind it lies the whole list.
const text = (name) => readFileSync(new URL(name, import.meta.url), 'utf8')

const columns = Object.entries(JSON.parse(text('../sql/record_columns.json')))
const shown = columns.map(([name, value]) => `${value} AS "${name}"`).join(', ')
const statement = (name) => ({ name, text: text(`../sql/${name}.sql`).replace('{columns}', shown) })
const [page, pageOfDivision, record, divisions, lineItems, catalogItems, payments] = [
  'page', 'page_of_division', 'record', 'divisions', 'line_items', 'catalog_items', 'payments',
].map(statement)
const [addPending, addPayment, addAllocation] = ['add_pending', 'add_payment', 'add_allocation'].map(statement)

// Dates as they are, moments to the microsecond; numerics are texts already.
pg.types.setTypeParser(pg.types.builtins.DATE, (value) => value)
pg.types.setTypeParser(pg.types.builtins.TIMESTAMPTZ, (value) => {
  const [seconds, fraction] = value.slice(0, -3).replace(' ', 'T').split('.')
  return fraction ? `${seconds}.${fraction.padEnd(6, '0')}Z` : `${seconds}Z`
})

const pool = new pg.Pool({
  host: process.env.PGHOST, port: Number(process.env.PGPORT), user: process.env.PGUSER, database: process.env.PGDATABASE,
  max: CONNECTIONS, min: CONNECTIONS, idleTimeoutMillis: 0, options: '-c timezone=UTC -c jit=off',
})
const rows = async (query, ...values) => (await pool.query({ ...query, values })).rows
const recorder = (await pool.query('SELECT id FROM users ORDER BY id LIMIT 1')).rows[0].id

const encode = (row) =>
  Buffer.from(JSON.stringify(['ISSUE_DATE', row.cursorDate.replace('infinity', '9999-12-31'), row.id])).toString('base64url')

function decode(cursor) {
  if (!cursor) return LAST
  const [, date, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString())
  return [date.replace('9999-12-31', 'infinity'), id]
}

async function billingRecords(_, { filter, first, after }) {
  const behind = decode(after)
  const division = filter?.divisionId?.eq
  const found = division
    ? await rows(pageOfDivision, division, ...behind, first + 1)
    : await rows(page, ...behind, first + 1)
  const nodes = found.slice(0, first)
  return {
    nodes,
    pageInfo: {
      hasNextPage: found.length > first,
      hasPreviousPage: Boolean(after),
      startCursor: nodes.length ? encode(nodes[0]) : null,
      endCursor: nodes.length ? encode(nodes.at(-1)) : null,
    },
  }
}

async function recordPayment(_, { input }) {
  const [{ billingRecordId, amount }] = input.allocations
  const client = await pool.connect()
  const run = async (query, ...values) => (await client.query({ ...query, values })).rows[0]
  try {
    await client.query('BEGIN')
    const paid = await run(addPending, billingRecordId, amount)
    const parties = [paid.fromDivisionId, paid.toDivisionId, paid.currency]
    const payment = await run(
      addPayment, randomUUID(), ...parties, input.amount, input.method, input.reference, recorder)
    await run(addAllocation, payment.id, paid.id, ...parties, amount)
    await client.query('COMMIT')
    return { payment, billingRecords: [paid], userErrors: [] }
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  } finally {
    client.release()
  }
}

// A loader answers all objects of a level with one statement.
const toOne = (query, key) => ({
  opts: { cache: false },
  async loader(queries) {
    const ids = [...new Set(queries.map(({ obj }) => obj[key]).filter(Boolean))]
    const found = new Map((await rows(query, ids)).map((row) => [row.id, row]))
    return queries.map(({ obj }) => found.get(obj[key]) ?? null)
  },
})
const toMany = (query) => ({
  opts: { cache: false },
  async loader(queries) {
    const found = new Map(queries.map(({ obj }) => [obj.id, []]))
    for (const row of await rows(query, [...found.keys()])) found.get(row.recordId).push(row)
    return queries.map(({ obj }) => found.get(obj.id))
  },
})

const app = Fastify()
app.register(mercurius, {
  schema: text('schema.graphql'),
  resolvers: {
    Query: { billingRecords, billingRecord: async (_, { id }) => (await rows(record, id))[0] ?? null },
    Mutation: { recordPayment },
  },
  loaders: {
    BillingRecord: {
      fromDivision: toOne(divisions, 'fromDivisionId'),
      toDivision: toOne(divisions, 'toDivisionId'),
      lineItems: toMany(lineItems),
      payments: toMany(payments),
    },
    LineItem: { catalogItem: toOne(catalogItems, 'catalogItemId') },
  },
  jit: 1,
})
console.log(`Serving GraphQL on ${await app.listen({ host: '127.0.0.1', port: 0 })}/graphql`)
