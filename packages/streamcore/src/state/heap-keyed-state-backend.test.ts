/** The heap backend passes the contract suite. */
import { keyedStateBackendContract } from '../testing/contracts/keyed-state-backend.contract.js'
import { heapStateBackend } from './heap-keyed-state-backend.js'

keyedStateBackendContract('the heap', heapStateBackend())
