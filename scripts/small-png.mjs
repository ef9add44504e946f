// A screenshot as a PNG of at most 256 colours: a third of the bytes, and no eye sees the difference in an interface. Colours are
// chosen by median cut (Heckbert 1982): the box of colours with the largest spread is halved at its median until there are enough.
import { crc32, deflateSync } from 'node:zlib';
import { PNG } from 'pngjs';

const COLOURS = 256;

/** Distinct colours of an RGBA buffer and how often each occurs. */
function histogram(data) {
  const counts = new Map();
  for (let at = 0; at < data.length; at += 4) {
    const colour = (data[at] << 16) | (data[at + 1] << 8) | data[at + 2];
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  return [...counts].map(([colour, count]) => ({ channels: [colour >> 16, (colour >> 8) & 255, colour & 255], colour, count }));
}

/** The channel along which a box is widest, and how wide, weighed by its pixels. */
function spread(box) {
  let widest = { channel: 0, width: -1 };
  for (const channel of [0, 1, 2]) {
    let [low, high] = [255, 0];
    for (const { channels } of box) {
      low = Math.min(low, channels[channel]);
      high = Math.max(high, channels[channel]);
    }
    if (high - low > widest.width) widest = { channel, width: high - low };
  }
  const pixels = box.reduce((sum, { count }) => sum + count, 0);
  return { ...widest, weight: box.length > 1 ? widest.width * pixels ** 0.25 : -1 };
}

function halves(box, channel) {
  box.sort((a, b) => a.channels[channel] - b.channels[channel]);
  const half = box.reduce((sum, { count }) => sum + count, 0) / 2;
  let seen = 0;
  let cut = 0;
  while (cut < box.length - 1 && seen < half) seen += box[cut++].count;
  cut = Math.max(1, cut);
  return [box.slice(0, cut), box.slice(cut)];
}

function boxesOf(colours) {
  const boxes = [{ box: colours, ...spread(colours) }];
  while (boxes.length < COLOURS) {
    const widest = boxes.reduce((best, one, at) => (one.weight > boxes[best].weight ? at : best), 0);
    if (boxes[widest].weight < 0) break;
    const [{ box, channel }] = boxes.splice(widest, 1);
    for (const half of halves(box, channel)) boxes.push({ box: half, ...spread(half) });
  }
  return boxes.map(({ box }) => box);
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}

/** PNG bytes in, PNG bytes out; transparency is dropped. */
export function smallPng(bytes) {
  const { width, height, data } = PNG.sync.read(bytes);
  const boxes = boxesOf(histogram(data));
  const palette = Buffer.alloc(3 * boxes.length);
  const indexOf = new Map();
  for (const [index, box] of boxes.entries()) {
    const pixels = box.reduce((sum, { count }) => sum + count, 0);
    for (const channel of [0, 1, 2])
      palette[3 * index + channel] = Math.round(box.reduce((sum, { channels, count }) => sum + channels[channel] * count, 0) / pixels);
    for (const { colour } of box) indexOf.set(colour, index);
  }
  // One filter byte (none) before every row of indices.
  const rows = Buffer.alloc(height * (width + 1));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = 4 * (y * width + x);
      rows[y * (width + 1) + 1 + x] = indexOf.get((data[at] << 16) | (data[at + 1] << 8) | data[at + 2]) ?? 0;
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const parts = [
    chunk('IHDR', header),
    chunk('PLTE', palette),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ];
  return Buffer.concat([signature, ...parts]);
}
