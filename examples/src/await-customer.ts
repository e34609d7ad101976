// An account is held back until its customer is there, in whatever order the two arrive.
import { defineJob, listState, valueState } from 'streamcore'
import { printSink } from 'streamcore/node'

interface Customer {
  readonly id: string
  readonly name: string
}

interface Account {
  readonly iban: string
  readonly customerId: string
}

const customers: readonly Customer[] = [
  { id: 'c1', name: 'Ann' },
  { id: 'c2', name: 'Bob' },
]

const accounts: readonly Account[] = [
  { iban: 'CZ11', customerId: 'c2' },
  { iban: 'CZ12', customerId: 'c1' },
  { iban: 'CZ13', customerId: 'c3' },
  { iban: 'CZ14', customerId: 'c1' },
]

export const job = defineJob({ name: 'await-customer' }, (env) => {
  env
    .fromCollection(customers)
    .keyBy((customer) => customer.id)
    .connect(env.fromCollection(accounts).keyBy((account) => account.customerId))
    .process({
      uid: 'await-customer',
      state: {
        isCustomerSeen: valueState<boolean>('customer-seen'),
        waiting: listState<Account>('waiting-accounts'),
      },
      *processElement1(customer, { state }) {
        yield `customer ${customer.id}`
        state.isCustomerSeen.update(true)
        for (const account of state.waiting.get()) yield `account ${account.iban}`
        state.waiting.clear()
      },
      *processElement2(account, { state }) {
        if (state.isCustomerSeen.value()) yield `account ${account.iban}`
        else state.waiting.add(account)
      },
    })
    .sinkTo(printSink<string>(), { uid: 'out' })
})
