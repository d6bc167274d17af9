// Charts that readers put together: Vega-Lite, read by an interpreter that needs no `eval`. It takes the place of the
// drawing that the server made; the table below is the same in numbers.
import { Warn, View, parse } from "vega";
import { expressionInterpreter } from "vega-interpreter";
import { compile } from "vega-lite";

const NARROW = 480;
const SAVED = 760;
const LOAD = '13px "Noto Sans TC"'; // letters are measured before they are drawn, so their slices come first

/** A phone has less room for names. */
function fitted(spec, width) {
  if (width >= NARROW) return spec;
  const { axis, legend } = spec.config;
  const place = spec.encoding.y.type === "ordinal" ? spec.encoding.y : spec.encoding.x;
  if (place.axis) place.axis.labelLimit = Math.min(place.axis.labelLimit ?? 110, 110);
  spec.config = { ...spec.config, axis: { ...axis, labelFontSize: 12 }, legend: { ...legend, columns: 2, labelLimit: width / 2 - 60 } };
  return spec;
}

async function draw(figure) {
  const place = figure.querySelector("[data-plot-drawing]");
  const source = document.getElementById(figure.dataset.plot)?.textContent;
  if (!place || !source) return;
  const text = JSON.stringify(JSON.parse(source));
  await document.fonts.load(LOAD, [...new Set(text)].join("")).catch(() => []);
  place.hidden = false;
  try {
    const { title, ...spec } = JSON.parse(text); // the page says the title
    await view(fitted(spec, place.clientWidth), { renderer: "svg", container: place, hover: true }).runAsync();
    place.querySelector("svg").setAttribute("aria-hidden", "true"); // its words stand at what holds it
    figure.querySelector("[data-plot-picture]")?.remove();
    figure.querySelector("[data-plot-table]")?.removeAttribute("open");
    saves(figure, text, title.text);
    figure.dataset.drawn = "";
  } catch (error) {
    place.hidden = true; // the server's drawing and the table stay
    console.warn(error);
  }
}

function view(spec, options) {
  return new View(parse(compile(spec).spec, undefined, { ast: true }), { expr: expressionInterpreter, logLevel: Warn, ...options });
}

/** The drawing as a file, with its title: lines that scale, or dots twice as fine as the screen's. */
function saves(figure, text, title) {
  const part = figure.querySelector("[data-plot-saves]");
  if (!part) return;
  part.hidden = false;
  part.addEventListener("click", async (event) => {
    const kind = event.target.dataset.plotSave;
    if (!kind) return;
    const link = document.createElement("a");
    link.href = await view({ ...JSON.parse(text), width: SAVED }, { renderer: "none" }).toImageURL(kind, 2);
    link.download = `${title.slice(0, 60)}.${kind}`;
    link.click();
  });
}

for (const figure of document.querySelectorAll("[data-plot]")) draw(figure);
