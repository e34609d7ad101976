/** Links between the threads of a job: ordered, and what is sent belongs to the receiver. */

/** One end of a link between two threads. */
export interface TransportLink {
  /** Sends bytes and gives them away: the sender never looks at their buffer again. Bytes come in the order they were sent. */
  send(bytes: Uint8Array): void
  /** Who gets what comes. Called once; what came before waits for it. */
  receive(listener: (bytes: Uint8Array) => void): void
  close(): void
}

/** A worker as the coordinator sees it. */
export interface LaunchedWorker {
  readonly link: TransportLink
  /** Ends it wherever it stands. */
  terminate(): Promise<void>
}

/** What is launched. */
export interface LaunchRequest {
  /** Every worker is linked to the coordinator and to every other worker. */
  readonly count: number
  /** A worker ended by itself, told once for each; not of those that were terminated. */
  readonly onCrash: (workerIndex: number, error: unknown) => void
}

/** Starts the workers of one incarnation. */
export interface WorkerLauncher {
  launch(request: LaunchRequest): Promise<readonly LaunchedWorker[]>
}
