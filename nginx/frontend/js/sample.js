/** A photo to try the page with, made here: the same one each time, so that the service knows it again. */

import { HEIGHT, WIDTH, paintLandscape } from "./landscape.js";

const NAME = "sample-mill.jpg";
const QUALITY = 0.92;
const SEED = 7;

/**
 * @returns {Promise<File>}
 */
export async function drawSample() {
  const canvas = Object.assign(document.createElement("canvas"), { width: WIDTH, height: HEIGHT });
  const brush = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const random = seeded(SEED);
  paintLandscape(brush, random);
  paintGrain(brush, random);
  const blob = await new Promise((/** @type {(blob: Blob|null) => void} */ resolve) =>
    canvas.toBlob(resolve, "image/jpeg", QUALITY),
  );
  return new File([/** @type {Blob} */ (blob)], NAME, { type: "image/jpeg", lastModified: 0 });
}

/**
 * Film grain: without it the picture would compress better than any photo.
 * @param {CanvasRenderingContext2D} brush
 * @param {import("./landscape.js").Random} random
 */
function paintGrain(brush, random) {
  const image = brush.getImageData(0, 0, WIDTH, HEIGHT);
  const { data } = image;
  for (let at = 0; at < data.length; at += 4) {
    const grain = (random() - 0.5) * 14;
    data[at] += grain;
    data[at + 1] += grain;
    data[at + 2] += grain;
  }
  brush.putImageData(image, 0, 0);
}

/**
 * Random numbers from 0 to 1 that are the same each time (mulberry32).
 * @param {number} state
 * @returns {import("./landscape.js").Random}
 */
function seeded(state) {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
