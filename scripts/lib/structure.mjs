// The habits of style that a tool can check: file names, opening sentences, doc comments, tables of contents.
import { posix } from 'node:path'
import ts from 'typescript'
import { isTest } from './source-files.mjs'

const namelessNames = /^(utils?|helpers?|common|types|internals?|misc|shared)$/
const kebabCase = /^[a-z0-9]+(-[a-z0-9]+)*$/
const folderDepthMax = 2

/**
 * Every breach, as one line each.
 * @param {import('./source-files.mjs').SourceFile[]} files
 * @returns {string[]}
 */
export function findStructureBreaches(files) {
  return files.flatMap((file) => {
    const source = ts.createSourceFile(file.path, file.text, ts.ScriptTarget.ES2022, true)
    const found = [...judgePath(file.path), ...judgeOpening(source), ...judgeStars(source)]
    if (!isTest(file.path)) found.push(...judgeIndex(source), ...judgeDocs(source))
    return found.map((breach) => `${file.path}: ${breach}`)
  })
}

function judgePath(path) {
  const breaches = []
  const name = posix
    .basename(path)
    .replace(/\.(integration\.|regression\.)?(test|test-d|contract|config)?\.?ts$/, '')
  if (!kebabCase.test(name)) breaches.push('files are named in kebab-case')
  const parts = [...path.split('/').slice(0, -1), name]
  for (const part of parts) if (namelessNames.test(part)) breaches.push(`\`${part}\` names no idea`)
  const folders = path.split('/src/')[1]?.split('/').length ?? 1
  if (folders - 1 > folderDepthMax) breaches.push(`folders are at most ${folderDepthMax} deep below src/`)
  return breaches
}

function judgeOpening(source) {
  const ranges = ts.getLeadingCommentRanges(source.text, ts.getShebang(source.text)?.length ?? 0) ?? []
  const words = ranges.length === 0 ? '' : source.text.slice(ranges[0].pos, ranges[0].end)
  if (/[a-z]+\W+[a-z]+/i.test(words)) return []
  return ['opens with one sentence on what the file is (`/** … */` or `//`)']
}

function judgeStars(source) {
  const stars = source.statements.filter(
    (statement) =>
      ts.isExportDeclaration(statement) &&
      !(statement.exportClause && ts.isNamedExports(statement.exportClause)),
  )
  return stars.map(
    (statement) => `line ${lineOf(source, statement)}: names what it exports instead of \`export *\``,
  )
}

function judgeIndex(source) {
  if (posix.basename(source.fileName) !== 'index.ts') return []
  const others = source.statements.filter((each) => !ts.isExportDeclaration(each))
  return others.map(
    (each) => `line ${lineOf(source, each)}: index.ts is a table of contents: named exports, no logic`,
  )
}

function judgeDocs(source) {
  if (!/^packages\/[^/]+\/src\//.test(source.fileName)) return []
  return source.statements
    .filter((each) => isExported(each) && !isLaterOverload(source, each))
    .filter((each) => ts.getJSDocCommentsAndTags(each).length === 0)
    .map((each) => `line ${lineOf(source, each)}: \`${nameOf(each)}\` is exported and has no doc comment`)
}

function isExported(statement) {
  return (
    ts.canHaveModifiers(statement) &&
    (ts.getModifiers(statement) ?? []).some((each) => each.kind === ts.SyntaxKind.ExportKeyword)
  )
}

// The first of several overloads speaks for all of them.
function isLaterOverload(source, statement) {
  const before = source.statements[source.statements.indexOf(statement) - 1]
  if (before === undefined || !ts.isFunctionDeclaration(statement) || !ts.isFunctionDeclaration(before))
    return false
  return before.body === undefined && before.name?.text === statement.name?.text
}

function nameOf(statement) {
  const named = ts.isVariableStatement(statement) ? statement.declarationList.declarations[0] : statement
  return named?.name?.getText() ?? 'default'
}

function lineOf(source, node) {
  return source.getLineAndCharacterOfPosition(node.getStart()).line + 1
}
