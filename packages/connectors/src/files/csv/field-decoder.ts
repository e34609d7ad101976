/** Turns the bytes of a field into text, strictly: bytes that are no text of the encoding are an error, not a replacement character. */
import iconv from 'iconv-lite'
import { StreamcoreError } from 'streamcore'

/** Decodes text whose characters stand for the bytes 0 to 255; fails with a RangeError when they are no text. */
export type FieldDecoder = (bytesAsText: string) => string

const replacement = '\ufffd'

/**
 * The decoder of an encoding in which the bytes 0 to 127 are ASCII: UTF-8 and the one-byte encodings.
 * Only in these can delimiters be found before decoding, so that places in the file are places in bytes.
 */
export function fieldDecoder(encoding: string): FieldDecoder {
  const name = encoding.toLowerCase()
  if (name === 'utf-8' || name === 'utf8') return decodeUtf8
  const table = oneByteTable(encoding)
  return (bytesAsText) => decodeByTable(table, bytesAsText, encoding)
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function decodeUtf8(bytesAsText: string): string {
  const bytes = Uint8Array.from(bytesAsText, (character) => character.charCodeAt(0))
  try {
    return utf8.decode(bytes)
  } catch (error) {
    throw new RangeError('bytes that are not UTF-8', { cause: error })
  }
}

function decodeByTable(table: string, bytesAsText: string, encoding: string): string {
  let text = ''
  for (let index = 0; index < bytesAsText.length; index++) {
    const byte = bytesAsText.charCodeAt(index)
    const character = table.charAt(byte)
    if (character === replacement)
      throw new RangeError(`byte 0x${byte.toString(16)} that ${encoding} does not have`)
    text += character
  }
  return text
}

function oneByteTable(encoding: string): string {
  const all = Uint8Array.from({ length: 256 }, (_, byte) => byte)
  const table = iconv.encodingExists(encoding) ? iconv.decode(all, encoding) : ''
  const isAscii = [...all.subarray(0, 128)].every((byte) => table.charCodeAt(byte) === byte)
  if (table.length === 256 && isAscii) return table
  throw new StreamcoreError(
    'STREAMCORE_CONFIG',
    `Expected \`encoding\` to be utf-8 or a one-byte encoding such as windows-1250 or latin1, got '${encoding}'; ` +
      'convert the file to UTF-8 first',
    { details: { config: 'encoding' } },
  )
}

/** Whether any byte is above ASCII; if not, the text needs no decoding. */
export function hasHighBytes(bytes: Uint8Array): boolean {
  for (let index = 0; index < bytes.length; index++) {
    if ((bytes[index] ?? 0) > 127) return true
  }
  return false
}

/** A text of the encoding as its bytes, one character each; for delimiters and quotes. */
export function encodeAsBytes(text: string, encoding: string): string {
  return iconv.encode(text, encoding).toString('latin1')
}
