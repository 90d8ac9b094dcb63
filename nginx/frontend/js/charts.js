/** Small charts, drawn as SVG; what they show is in their label, too. */

const NAMESPACE = "http://www.w3.org/2000/svg";
const WIDTH = 240;
const HEIGHT = 48;
const MARGIN = 3;

/**
 * A line of values, the last one marked.
 * @param {SVGElement} chart
 * @param {number[]} values
 * @param {number} most  How many there can be: a short history begins at the right.
 * @param {string} label
 */
export function drawLine(chart, values, most, label) {
  const highest = Math.max(1, ...values);
  const points = values.map((value, index) => {
    const x = MARGIN + ((most - values.length + index) / (most - 1)) * (WIDTH - 2 * MARGIN);
    const y = HEIGHT - MARGIN - (value / highest) * (HEIGHT - 2 * MARGIN);
    return `${x.toFixed(1)} ${y.toFixed(1)}`;
  });
  const [x, y] = (points.at(-1) ?? "").split(" ");
  const ground = `${x} ${HEIGHT} ${points[0]?.split(" ")[0]} ${HEIGHT}`;
  chart.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
  chart.setAttribute("preserveAspectRatio", "none");
  chart.setAttribute("role", "img");
  chart.setAttribute("aria-label", `${label}: now ${values.at(-1) ?? 0}, at most ${Math.max(0, ...values)}`);
  chart.replaceChildren(
    ...(points.length
      ? [
          shape("path", { class: "chart-area", d: `M${points.join("L")}L${ground}Z` }),
          shape("path", { class: "chart-line", d: `M${points.join("L")}` }),
          shape("path", { class: "chart-now", d: `M${x} ${y}h0` }),
        ]
      : []),
  );
}

/**
 * A bar, and a thinner one behind it that reaches farther.
 * @param {number} share  0 to 1.
 * @param {number} [farther]
 */
export function bar(share, farther = share) {
  const chart = shape("svg", { class: "chart-bar", viewBox: "0 0 100 8", preserveAspectRatio: "none" });
  chart.setAttribute("aria-hidden", "true");
  chart.append(
    shape("rect", { class: "chart-far", y: "2.5", height: "3", width: String(farther * 100) }),
    shape("rect", { class: "chart-near", height: "8", width: String(Math.max(0.5, share * 100)) }),
  );
  return chart;
}

/**
 * @param {string} name
 * @param {Record<string, string>} attributes
 */
function shape(name, attributes) {
  const element = document.createElementNS(NAMESPACE, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}
