/** CRC-32 of the Castagnoli polynomial (reflected 0x82f63b78), which frames of remote read carry. Source: RFC 3720, B.4. */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffff_ffff
  for (let i = 0; i < bytes.length; i++) crc = TABLE[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8)
  return ~crc >>> 0
}

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f6_3b78 : crc >>> 1
  return crc >>> 0
})
