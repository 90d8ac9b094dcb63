// Asks sharp what it makes of random cases, as rows for sharp_sizes.json. Needs `npm install sharp`; then:
//   node sharp_sizes.mjs > sharp_sizes.json
import sharp from 'sharp';

const CASES = 500;
const FITS = ['cover', 'contain', 'fill', 'inside', 'outside'];
const POSITIONS = ['center', 'top', 'right top', 'right', 'right bottom', 'bottom', 'left bottom', 'left', 'left top'];

let state = 20261124;
// The generator of Park and Miller: the same cases on every machine.
const random = (below) => (state = (state * 48271) % 2147483647) % below;
const oneOf = (list) => list[random(list.length)];

async function row() {
  const [width, height] = [random(5) ? 1 + random(300) : null, random(5) ? 1 + random(300) : null];
  const fit = oneOf(FITS);
  const position = ['cover', 'contain'].includes(fit) ? oneOf(POSITIONS) : 'center';
  const [withoutEnlargement, withoutReduction] = oneOf([[false, false], [false, false], [true, false], [false, true]]);
  const most = oneOf([60, 400]);
  const source = { width: 2 + random(most), height: 2 + random(most) };
  if (!width && !height) return row();
  const options = { width, height, fit, position, withoutEnlargement, withoutReduction };
  const { data, info } = await sharp(coordinates(source), { raw: { ...source, channels: 3 } })
    .resize(options).raw().toBuffer({ resolveWithObject: true });
  if (Math.max(info.width, info.height) > 8192) return row();
  return [source.width, source.height, width, height, fit, position, withoutEnlargement, withoutReduction,
    info.width, info.height, ...offset(data, info.width)];
}

// Each pixel says where it is, and that it is none of the black background.
const coordinates = ({ width, height }) => Uint8Array.from({ length: width * height * 3 }, (_, index) => {
  const [pixel, channel] = [Math.floor(index / 3), index % 3];
  const [x, y] = [pixel % width, Math.floor(pixel / width)];
  return [x & 255, y & 255, 128 + 2 * (x >> 8) + (y >> 8)][channel];
});

// Where the source's left top corner lies in the output. Of meaning only where nothing was scaled.
function offset(data, width) {
  const pixel = data.findIndex((value, index) => index % 3 === 2 && value >= 128) - 2;
  const [red, green, blue] = data.subarray(pixel);
  const [x, y] = [red + 256 * ((blue >> 1) & 1), green + 256 * (blue & 1)];
  return [(pixel / 3) % width - x, Math.floor(pixel / 3 / width) - y];
}

const rows = [];
while (rows.length < CASES) rows.push(JSON.stringify(await row()));
console.log(`{"sharp": "${sharp.versions.sharp}", "rows": [\n${rows.join(',\n')}\n]}`);
