/** `redrive`: puts dead letters back into their topics, as a delivery of its own, and imports them. */
import { Command } from 'commander'
import type { ProduceReport } from '../delivery/produce-delivery.js'
import { redrive } from '../delivery/redrive.js'
import { countDeadLetters, readDeadLetters } from '../inspect/dead-letters.js'
import { registerRedrive } from './delivery-register.js'
import { printOutcome, type ImportFlags, settingsOf } from './import-command.js'
import { checkChange, importProduced } from './import-run.js'
import { openServices } from './import-services.js'
import { numbersBefore } from './import-summary.js'
import { loadModel } from './load-model.js'
import { wholeNumber } from './parse-options.js'
import { count, progressOn } from './progress.js'
import { StateFolder } from './state-folder.js'
import { type TargetFlags, withTargetOptions } from './target-options.js'

interface RedriveFlags extends TargetFlags {
  readonly folder: string
  readonly model?: string
  readonly all?: boolean
  readonly parallelism: number
}

/** The command. */
export function redriveCommand(): Command {
  return withTargetOptions(new Command('redrive'))
    .description(
      'put dead letters back into their topics and import them, after their cause has been removed',
    )
    .requiredOption('--folder <folder>', 'the folder of the import')
    .option('--model <file>', 'the corrected data types; those of the last import unless told')
    .option('--all', 'also letters that were redriven before')
    .option('--parallelism <count>', 'subtasks per operator', wholeNumber(1, 128), 1)
    .action(async (flags: RedriveFlags) => {
      process.exitCode = await redriveLetters(flags)
    })
}

async function redriveLetters(flags: RedriveFlags): Promise<number> {
  const folder = StateFolder.existing(flags.folder)
  const known = folder.readRegister()
  const model = flags.model === undefined && known !== undefined ? known.model : await loadModel(flags.model)
  const importFlags: ImportFlags = { ...flags, audit: 'exceptions' }
  const settings = settingsOf(importFlags, { model, directory: folder.path, folder })
  const progress = progressOn(process.stderr)
  const services = await openServices(model, folder, settings)
  try {
    if (known !== undefined) await checkChange(known, services, folder)
    const from = flags.all === true ? 0 : (known?.redrivenLetters ?? 0)
    const to = await countDeadLetters(services.log, model)
    const { register, delivery } = await registerRedrive(folder, { log: services.log, model, from, to })
    const before = await numbersBefore(services)
    const report = await redrive({
      log: services.log,
      model,
      letters: readDeadLetters(services.log, model, from),
      delivery: delivery.number,
    })
    const skipped = [...report.skipped].map(([reason, amount]) => `  ${count(amount)} stay: ${reason}\n`)
    process.stdout.write(
      `redriven ${count(report.redriven)} of ${count(report.letters)} dead letters\n${skipped.join('')}`,
    )
    const produced: ProduceReport = {
      delivery: delivery.number,
      records: {},
      rejected: 0,
      wasComplete: false,
    }
    const outcome = await importProduced(settings, services, {
      register,
      delivery,
      produced,
      before,
      progress,
    })
    folder.writeRegister({ ...register, redrivenLetters: to })
    return printOutcome(outcome)
  } finally {
    progress.stop()
    await services.close()
  }
}
