/**
 * A landscape in the evening: hills, a mill, wheat.
 *
 * @typedef {() => number} Random  Numbers from 0 to 1.
 */

export const WIDTH = 2400;
export const HEIGHT = 1600;

/**
 * @param {CanvasRenderingContext2D} brush
 * @param {Random} random
 */
export function paintLandscape(brush, random) {
  paintSky(brush);
  paintHills(brush);
  paintMill(brush, 760, 900, 1.5);
  paintWheat(brush, random);
}

/** @param {CanvasRenderingContext2D} brush */
function paintSky(brush) {
  const sky = brush.createLinearGradient(0, 0, 0, HEIGHT * 0.7);
  const colors = ["#24476b", "#5f8aa0", "#b9c7b6", "#f4d7a1", "#f0b878"];
  colors.forEach((color, index) => sky.addColorStop(index / (colors.length - 1), color));
  fill(brush, sky);
  const sun = brush.createRadialGradient(1680, 820, 0, 1680, 820, 900);
  sun.addColorStop(0, "#fff6da");
  sun.addColorStop(0.085, "#fff0c4");
  sun.addColorStop(0.09, "#ffe6a888");
  sun.addColorStop(0.35, "#ffd98a33");
  sun.addColorStop(1, "#ffd98a00");
  fill(brush, sun);
}

/** @param {CanvasRenderingContext2D} brush */
function paintHills(brush) {
  const hills = [
    { top: 880, height: 110, color: "#a9b3a5", haze: "#e9cf9e" },
    { top: 960, height: 90, color: "#7f988c", haze: "#c4c3a0" },
    { top: 1060, height: 80, color: "#4f7767", haze: "#8fa68c" },
    { top: 1150, height: 70, color: "#2c594a", haze: "#557d68" },
  ];
  hills.forEach(({ top, height, color, haze }, index) => {
    const shade = brush.createLinearGradient(0, top - height, 0, top + 260);
    shade.addColorStop(0, color);
    shade.addColorStop(1, haze);
    brush.fillStyle = shade;
    brush.beginPath();
    brush.moveTo(0, HEIGHT);
    for (let x = 0; x <= WIDTH; x += 6) brush.lineTo(x, top - height * ridge(x / WIDTH, index + 1));
    brush.lineTo(WIDTH, HEIGHT);
    brush.fill();
  });
}

/**
 * The height of a ridge, between -1 and 1: waves that never quite repeat.
 * @param {number} x
 * @param {number} seed
 */
function ridge(x, seed) {
  return (
    Math.sin(x * 5 + seed * 2.1) * 0.55 +
    Math.sin(x * 13 + seed * 4.7) * 0.25 +
    Math.sin(x * 37 + seed) * 0.07 +
    Math.sin(x * 91 + seed * 3) * 0.03
  );
}

/**
 * @param {CanvasRenderingContext2D} brush
 * @param {number} x
 * @param {number} y  Of the hub.
 * @param {number} scale
 */
function paintMill(brush, x, y, scale) {
  brush.save();
  brush.translate(x, y);
  brush.scale(scale, scale);
  const tower = brush.createLinearGradient(-50, 0, 60, 0);
  tower.addColorStop(0, "#20352f");
  tower.addColorStop(1, "#6a5a45");
  polygon(brush, tower, [
    [-30, 0],
    [30, 0],
    [52, 230],
    [-52, 230],
  ]);
  polygon(brush, "#1a2b27", [
    [-36, 4],
    [-24, -26],
    [0, -36],
    [26, -26],
    [38, 4],
  ]);
  polygon(brush, "#f3c877", [
    [-8, 70],
    [8, 70],
    [8, 92],
    [-8, 92],
  ]);
  brush.rotate(0.42);
  for (let sail = 0; sail < 4; sail += 1) {
    brush.rotate(Math.PI / 2);
    polygon(brush, "#1a2b27", [
      [-3, 0],
      [3, 0],
      [2, 190],
      [-2, 190],
    ]);
    polygon(brush, "#f4e4c3dd", [
      [5, 34],
      [36, 34],
      [34, 186],
      [4, 186],
    ]);
    for (let bar = 44; bar < 186; bar += 15)
      polygon(brush, "#3c4a41", [
        [2, bar],
        [36, bar],
        [36, bar + 2],
        [2, bar + 2],
      ]);
  }
  brush.restore();
}

/**
 * @param {CanvasRenderingContext2D} brush
 * @param {Random} random
 */
function paintWheat(brush, random) {
  const field = brush.createLinearGradient(0, 1230, 0, HEIGHT);
  field.addColorStop(0, "#d9a648");
  field.addColorStop(1, "#7a5220");
  brush.fillStyle = field;
  brush.beginPath();
  brush.moveTo(0, HEIGHT);
  for (let x = 0; x <= WIDTH; x += 8) brush.lineTo(x, fieldTop(x));
  brush.lineTo(WIDTH, HEIGHT);
  brush.fill();
  const colors = ["#f2cf7c", "#e3b455", "#c98f35", "#a3702a", "#f7e0a0"];
  for (let stalk = 0; stalk < 5200; stalk += 1) {
    const x = random() * WIDTH;
    const depth = Math.sqrt(random());
    const y = fieldTop(x) + depth * (HEIGHT - fieldTop(x) + 60);
    const length = 14 + depth * 86;
    brush.strokeStyle = colors[Math.floor(random() * colors.length)];
    brush.lineWidth = 1 + depth * 3.2;
    brush.beginPath();
    brush.moveTo(x, y);
    brush.quadraticCurveTo(x + 2, y - length * 0.6, x + (random() - 0.2) * length * 0.5, y - length);
    brush.stroke();
  }
}

/** @param {number} x */
function fieldTop(x) {
  return 1270 + 50 * ridge(x / WIDTH, 9);
}

/**
 * @param {CanvasRenderingContext2D} brush
 * @param {CanvasGradient} style
 */
function fill(brush, style) {
  brush.fillStyle = style;
  brush.fillRect(0, 0, WIDTH, HEIGHT);
}

/**
 * @param {CanvasRenderingContext2D} brush
 * @param {string|CanvasGradient} style
 * @param {[number, number][]} corners
 */
function polygon(brush, style, corners) {
  brush.fillStyle = style;
  brush.beginPath();
  for (const [x, y] of corners) brush.lineTo(x, y);
  brush.fill();
}
