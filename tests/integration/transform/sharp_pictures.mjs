// Asks sharp what it makes of pictures that are turned, cropped, trimmed, mirrored and resized, as cases for
// sharp_pictures.json. Needs `npm install sharp`; then:
//   node sharp_pictures.mjs > sharp_pictures.json
import sharp from 'sharp';

const POSITIONS = ['center', 'top', 'right top', 'right', 'right bottom', 'bottom', 'left bottom', 'left', 'left top'];
const FITS = [...['cover', 'contain'].flatMap((fit) => POSITIONS.map((position) => ({ fit, position }))),
  { fit: 'fill' }, { fit: 'inside' }, { fit: 'outside' }];
const TURNS = [0, 90, 180, 270, 33];
// Given both, sharp forgets the first.
const LIMITS = [{}, { without_enlargement: true }, { without_reduction: true }];
const [LEAST, MOST] = [8, 500];

let state = 20261124;
// The generator of Park and Miller: the same cases on every machine.
const random = (below) => (state = (state * 48271) % 2147483647) % below;
const often = (value, otherwise = null) => (random(4) ? value : otherwise);
const rarely = (value, otherwise = null) => (random(4) ? otherwise : value);

// Red grows from left to right, green from top to bottom: the color of a pixel says where it was. Around it, a border.
function picture(width, height, [left, top, right, bottom]) {
  const [outerWidth, outerHeight] = [left + width + right, top + height + bottom];
  const pixels = Uint8Array.from({ length: outerWidth * outerHeight * 3 }, (_, index) => {
    const pixel = Math.floor(index / 3);
    const [x, y] = [(pixel % outerWidth) - left, Math.floor(pixel / outerWidth) - top];
    if (x < 0 || y < 0 || x >= width || y >= height) return [255, 0, 255][index % 3];
    return [Math.round((255 * x) / (width - 1)), Math.round((255 * y) / (height - 1)), 128][index % 3];
  });
  return sharp(pixels, { raw: { width: outerWidth, height: outerHeight, channels: 3 } });
}

// One operation, and the pixels after it: in one go sharp would choose an order of its own.
async function after(image) {
  const { data, info } = await image.removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return { info, image: sharp(data, { raw: { width: info.width, height: info.height, channels: 3 } }), data };
}

async function one(fit, turn, limits) {
  const [width, height, tag] = [100 + random(180), 100 + random(180), 1 + random(8)];
  const border = rarely(Array.from({ length: 4 }, () => 2 + random(20)), [0, 0, 0, 0]);
  const parameters = { ...fit, ...limits };
  if (turn) parameters.rotate = turn;
  const size = { width: often(LEAST + random(350)), height: often(LEAST + random(350)) };
  if (!size.width && !size.height) return one(fit, turn, limits);
  for (const side of ['width', 'height']) if (size[side]) parameters[side] = size[side];
  const dpr = rarely([1.25, 1.5, 2, 3][random(4)], 1);
  if (dpr !== 1) parameters.dpr = dpr;
  if (rarely(true)) parameters.flip = true;
  if (rarely(true)) parameters.flop = true;
  if (border[0]) parameters.trim = 10;

  const stored = await picture(width, height, border).withMetadata({ orientation: tag }).png().toBuffer();
  let current = await after(sharp(stored).autoOrient());
  const upright = current.info;
  if (rarely(true)) {
    // Of a picture with a border, a piece of the border goes; of one without, anything.
    const [most, least] = border[0] ? [2, upright.width - 2] : [upright.width >> 1, 4];
    const [mostDown, leastDown] = border[0] ? [2, upright.height - 2] : [upright.height >> 1, 4];
    const [left, top] = [random(most), random(mostDown)];
    parameters.crop = { left, top,
      width: least + random(upright.width - left - least), height: leastDown + random(upright.height - top - leastDown) };
    current = await after(current.image.extract(parameters.crop));
  }
  if (parameters.trim) current = await after(current.image.trim({ threshold: parameters.trim }));
  if (parameters.flip) current = await after(current.image.flip());
  if (parameters.flop) current = await after(current.image.flop());
  if (turn) current = await after(current.image.rotate(turn));
  const pixels = (side) => (side ? Math.floor(side * dpr + 0.5) : null);
  current = await after(current.image.resize({
    width: pixels(size.width), height: pixels(size.height), ...fit,
    withoutEnlargement: limits.without_enlargement ?? false, withoutReduction: limits.without_reduction ?? false,
  }));
  const { info } = current;
  if (Math.min(info.width, info.height) < LEAST || Math.max(info.width, info.height) > MOST) return one(fit, turn, limits);
  return { source: [width, height], border, tag, parameters, size: [info.width, info.height], points: points(current) };
}

// The colors of nine points, as hexadecimal.
function points({ data, info }) {
  const shares = [0.1, 0.5, 0.9];
  return shares.flatMap((down) => shares.map((across) => {
    const [x, y] = [Math.floor(across * (info.width - 1) + 0.5), Math.floor(down * (info.height - 1) + 0.5)];
    return Buffer.from(data.subarray((y * info.width + x) * 3, (y * info.width + x) * 3 + 3)).toString('hex');
  })).join(' ');
}

// Every fit and position meets every turn, and every limit; and every turn every limit.
const cases = [];
for (const [row, fit] of FITS.entries()) {
  for (const [column, turn] of TURNS.entries()) {
    for (const limits of [LIMITS[(row + column) % 3], LIMITS[(row + column + 1) % 3]]) {
      cases.push(JSON.stringify(await one(fit, turn, limits)));
    }
  }
}
console.log(`{"sharp": "${sharp.versions.sharp}", "cases": [\n${cases.join(',\n')}\n]}`);
