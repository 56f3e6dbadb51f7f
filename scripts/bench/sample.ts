/** An instance as SDKs register it, different for each `i` below 65,536 and each `j` below 256. */
export const sampleInstance = (i: number, j: number, intervalSeconds: number) => ({
  hostName: `host-${i}-${j}`,
  endpoints: [`rest://10.${i >> 8}.${i & 255}.${j}:8080`, `highway://10.${i >> 8}.${i & 255}.${j}:7070`],
  properties: { zone: 'one' },
  healthCheck: { mode: 'push', interval: intervalSeconds, times: 3 },
  dataCenterInfo: { name: 'dc', region: 'north', availableZone: 'one' },
})
