// The live map: our own boundaries, no tiles, no foreign host. It lies over the drawing that the server made,
// and everything that it does a form field beside it does too.
import { Map as LiveMap, Marker, NavigationControl, Popup, setWorkerUrl } from "maplibre-gl";

import { words } from "./words.js";

const PIN =
  '<svg viewBox="-17 -45 34 46" aria-hidden="true"><path class="pin" d="M0 0C-4-11-15-17-15-28a15 15 0 0 1 30 0C15-17 4-11 0 0Z"/><circle class="pin-eye" cy="-28" r="5.5"/></svg>';

const FONT = ["Noto Sans TC"];

/** Quiet grey base; data in colour. */
function style(data) {
  const sources = {
    districts: { type: "geojson", data: data.districts, attribution: data.attribution },
    villages: { type: "geojson", data: data.villages },
  };
  const layers = [
    { id: "ground", type: "background", paint: { "background-color": "#f3f5f2" } },
    { id: "land", type: "fill", source: "districts", paint: { "fill-color": "#fbfbf8" } },
    {
      id: "village-lines",
      type: "line",
      source: "villages",
      minzoom: 11,
      paint: { "line-color": "#c9d6d0", "line-width": 0.8 },
    },
    { id: "district-lines", type: "line", source: "districts", paint: { "line-color": "#a9b5af", "line-width": 1.4 } },
  ];
  const label = (id, source, size, limits) => ({
    id,
    type: "symbol",
    source,
    ...limits,
    layout: {
      "text-field": ["get", data.english ? "name_en" : "name"],
      "text-font": FONT,
      "text-size": size,
      "text-padding": 4,
    },
    paint: { "text-color": "#44524d", "text-halo-color": "#fbfbf8", "text-halo-width": 2 },
  });
  layers.push(label("village-names", "villages", 12, { minzoom: 13 }), label("district-names", "districts", 15, { maxzoom: 13 }));
  if (data.roads) {
    sources.roads = { type: "geojson", data: data.roads };
    layers.splice(
      3,
      0,
      { id: "road-edges", type: "line", source: "roads", minzoom: 10, paint: { "line-color": "#c4cec9", "line-width": ["interpolate", ["linear"], ["zoom"], 10, 1, 15, 7] } },
      { id: "roads", type: "line", source: "roads", minzoom: 11, paint: { "line-color": "#ffffff", "line-width": ["interpolate", ["linear"], ["zoom"], 11, 1, 15, 5] } },
    );
    layers.push({
      ...label("road-names", "roads", 12, { minzoom: 12.5 }),
      layout: { "text-field": ["get", "name"], "text-font": FONT, "text-size": 12, "symbol-placement": "line" },
    });
  }
  return { version: 8, sources, layers };
}

function pinElement(label) {
  const element = document.createElement("div");
  element.className = "ch-pin";
  element.innerHTML = PIN;
  element.setAttribute("role", "img");
  element.setAttribute("aria-label", label);
  return element;
}

/** The names on the map are drawn with our font, whose slices the page may not have loaded yet. */
async function data(figure) {
  const urls = [figure.dataset.districts, figure.dataset.villages];
  const [districts, villages] = await Promise.all(urls.map(async (url) => (await fetch(url)).json()));
  const names = [districts, villages].flatMap(({ features }) => features.map(({ properties }) => properties.name));
  await document.fonts.load('16px "Noto Sans TC"', [...new Set(names.join(""))].join("")).catch(() => []);
  return { districts, villages };
}

class MapFigure {
  constructor(figure, { districts, villages }) {
    this.figure = figure;
    this.live = figure.querySelector(".ch-live");
    this.drawing = figure.querySelector(".ch-map__drawing");
    const { roads, attribution, lon, lat, bounds } = figure.dataset;
    const english = document.documentElement.lang.startsWith("en");
    this.live.hidden = false;
    const at = lon && lat ? [Number(lon), Number(lat)] : null;
    const box = bounds?.split(",").map(Number);
    this.map = new LiveMap({
      container: this.live,
      style: style({ districts, villages, roads, attribution, english }),
      ...(at ? { center: at, zoom: Number(figure.dataset.zoom || 15) } : { bounds: [box.slice(0, 2), box.slice(2)], fitBoundsOptions: { padding: 12 } }),
      localIdeographFontFamily: '"Noto Sans TC", "Noto Sans CJK TC", "PingFang TC", "Microsoft JhengHei", sans-serif',
      attributionControl: { compact: false },
      dragRotate: false,
      pitchWithRotate: false,
      maxZoom: 18,
      minZoom: 8,
      cooperativeGestures: figure.dataset.pick === undefined,
      locale: { "NavigationControl.ZoomIn": words.zoomIn, "NavigationControl.ZoomOut": words.zoomOut, "Map.Title": words.map },
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.addControl(new NavigationControl({ showCompass: false }), "top-right");
    this.map.once("idle", () => {
      if (this.drawing) this.drawing.hidden = true;
      this.figure.dataset.ready = "";
    });
    this.inputs = ["lonInput", "latInput"].map((name) => document.getElementById(figure.dataset[name] ?? ""));
    this.note = figure.querySelector("[data-map-note]");
    if (at) this.pin(at);
    if (figure.dataset.pick !== undefined) this.pickable();
    this.points();
    this.overlays();
    this.measuring();
  }

  /** A click, a drag, the keyboard's button and GPS all put the pin. */
  pickable() {
    this.map.on("click", (event) => this.put(event.lngLat.toArray()));
    const button = this.figure.querySelector("[data-map-centre]");
    if (button) {
      button.hidden = false;
      button.addEventListener("click", (event) => {
        event.preventDefault();
        this.put(this.map.getCenter().toArray());
      });
    }
    const form = this.inputs[0]?.form;
    form?.setAttribute("data-map-form", "");
    form?.querySelector("[data-geolocate]")?.addEventListener("click", (event) => this.locate(event));
  }

  locate(event) {
    if (!navigator.geolocation) return;
    event.preventDefault();
    this.say(words.locating);
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        const at = [coords.longitude, coords.latitude];
        this.map.jumpTo({ center: at, zoom: 16 });
        this.put(at);
      },
      (error) => this.say(error.code === error.PERMISSION_DENIED ? words.denied : words.unlocated),
      { enableHighAccuracy: true, timeout: 10000, maximumAge: 60000 },
    );
  }

  pin(at) {
    if (!this.marker) {
      const draggable = this.figure.dataset.pick !== undefined;
      this.marker = new Marker({ element: pinElement(words.pin), anchor: "bottom", draggable }).setLngLat(at).addTo(this.map);
      this.marker.on("dragend", () => this.put(this.marker.getLngLat().toArray()));
    } else this.marker.setLngLat(at);
  }

  put(at) {
    this.pin(at);
    const [lon, lat] = at.map((degree) => degree.toFixed(6));
    const [lonInput, latInput] = this.inputs;
    if (lonInput && latInput) {
      lonInput.value = lon;
      latInput.value = lat;
      lonInput.dispatchEvent(new Event("change", { bubbles: true }));
    }
    const [west, south, east, north] = this.figure.dataset.bounds.split(",").map(Number);
    const outside = at[0] < west || at[0] > east || at[1] < south || at[1] > north;
    this.say(outside ? words.outside : words.pinned(at[0].toFixed(5), at[1].toFixed(5)));
    this.figure.dispatchEvent(new CustomEvent("cityhall:pinned", { bubbles: true, detail: { lon: at[0], lat: at[1] } }));
  }

  say(text) {
    if (this.note) this.note.textContent = text;
  }

  /** Layers of data in their colours; a click says what stands there. */
  overlays() {
    const source = document.getElementById(this.figure.dataset.overlays ?? "");
    if (!source) return;
    // The ground of the map has districts and villages of its own.
    const list = JSON.parse(source.textContent).map((one) => ({ ...one, id: `overlay-${one.id}` }));
    this.map.on("load", () => {
      list.forEach((one) => this.overlay(one));
      this.months(list);
    });
    this.map.on("click", (event) => this.identify(event, list));
  }

  overlay({ id, url, colour, points, filter, tiles }) {
    // A large layer comes in tiles, whose layer has the code of the source.
    const [layer, minzoom, maxzoom] = tiles ?? [];
    const from = tiles ? { type: "vector", tiles: [location.origin + url], minzoom, maxzoom } : { type: "geojson", data: url };
    this.map.addSource(id, from);
    const of = tiles ? { source: id, "source-layer": layer } : { source: id };
    const more = filter ? { ...of, filter } : of;
    const before = "district-lines";
    if (points) {
      const paint = { "circle-color": colour, "circle-radius": 5, "circle-stroke-color": "#fff", "circle-stroke-width": 1 };
      this.map.addLayer({ id, type: "circle", paint, ...more });
      return;
    }
    const areas = ["==", ["geometry-type"], "Polygon"];
    const lines = ["==", ["geometry-type"], "LineString"];
    const both = (one) => ({ filter: filter ? ["all", one, filter] : one });
    this.map.addLayer({ id, type: "fill", ...of, paint: { "fill-color": colour, "fill-opacity": 0.8 }, ...both(areas) }, before);
    this.map.addLayer({ id: `${id}-lines`, type: "line", ...of, paint: { "line-color": colour, "line-width": 3 }, ...both(lines) }, before);
  }

  /** A slider over the months of the form beside the map; what is later is not shown. */
  months(list) {
    const select = document.querySelector("[data-map-months]");
    if (!select || select.options.length < 3) return;
    const slider = Object.assign(document.createElement("input"), { type: "range", min: 1, max: select.options.length - 1 });
    slider.value = select.selectedIndex || slider.max;
    slider.className = "sp-slider";
    slider.setAttribute("aria-label", document.querySelector(`label[for="${select.id}"]`).textContent);
    slider.addEventListener("input", () => {
      select.selectedIndex = Number(slider.value);
      const until = ["<=", ["slice", ["coalesce", ["get", "_"], ""], 0, 7], select.value];
      for (const { id, time } of list) {
        if (!time || !this.map.getLayer(id)) continue;
        until[1][1][1] = ["get", time];
        const areas = ["==", ["geometry-type"], "Polygon"];
        const kind = this.map.getLayer(id).type;
        this.map.setFilter(id, kind === "circle" ? until : ["all", areas, until]);
      }
      this.say(select.value);
    });
    select.after(slider);
  }

  identify(event, list) {
    if (this.measured) return;
    const ids = list.flatMap(({ id }) => [id, `${id}-lines`]).filter((id) => this.map.getLayer(id));
    const found = this.map.queryRenderedFeatures(event.point, { layers: ids }).slice(0, 3);
    if (!found.length) return;
    const box = document.createElement("div");
    for (const feature of found) {
      const layer = list.find(({ id }) => id === feature.source);
      box.append(Object.assign(document.createElement("b"), { textContent: layer.title }));
      const facts = document.createElement("dl");
      for (const [name, title] of layer.columns) {
        const value = feature.properties[name];
        if (value === undefined || value === null) continue;
        const shown = typeof value === "number" ? value.toLocaleString() : String(value);
        facts.append(Object.assign(document.createElement("dt"), { textContent: title }), Object.assign(document.createElement("dd"), { textContent: shown }));
      }
      box.append(facts);
    }
    new Popup({ maxWidth: "280px", className: "sp-popup" }).setLngLat(event.lngLat).setDOMContent(box).addTo(this.map);
  }

  /** A line on the ground: how long, and what it encloses. */
  measuring() {
    const button = this.figure.querySelector("[data-map-measure]");
    if (!button) return;
    button.hidden = false;
    button.addEventListener("click", () => {
      const off = Boolean(this.measured);
      button.setAttribute("aria-pressed", String(!off));
      this.measured = off ? null : [];
      this.drawMeasure();
      this.say(off ? "" : words.measuring);
    });
    this.map.on("click", ({ lngLat }) => {
      if (!this.measured) return;
      this.measured.push(lngLat.toArray());
      this.drawMeasure();
      this.say(words.measured(lengthOf(this.measured), areaOf(this.measured)));
    });
  }

  drawMeasure() {
    const line = this.measured ?? [];
    const data = { type: "Feature", properties: {}, geometry: { type: "LineString", coordinates: line.length > 1 ? line : [] } };
    const ends = { type: "FeatureCollection", features: line.map((at) => ({ type: "Feature", properties: {}, geometry: { type: "Point", coordinates: at } })) };
    if (this.map.getSource("measure")) {
      this.map.getSource("measure").setData(data);
      this.map.getSource("measure-ends").setData(ends);
      return;
    }
    this.map.addSource("measure", { type: "geojson", data });
    this.map.addSource("measure-ends", { type: "geojson", data: ends });
    this.map.addLayer({ id: "measure", type: "line", source: "measure", paint: { "line-color": "#b4560b", "line-width": 3, "line-dasharray": [2, 1] } });
    this.map.addLayer({ id: "measure-ends", type: "circle", source: "measure-ends", paint: { "circle-color": "#b4560b", "circle-radius": 4 } });
  }

  /** Points of a list beside the map; a click opens the same page as the list. */
  points() {
    const source = document.getElementById(this.figure.dataset.points ?? "");
    if (!source) return;
    const data = JSON.parse(source.textContent);
    this.map.on("load", () => {
      this.map.addSource("points", { type: "geojson", data });
      this.map.addLayer({
        id: "points",
        type: "circle",
        source: "points",
        paint: { "circle-color": "#b4560b", "circle-radius": 6, "circle-stroke-color": "#fff", "circle-stroke-width": 2 },
      });
    });
    this.map.on("click", "points", (event) => {
      const url = event.features?.[0]?.properties?.url;
      if (url) location.assign(url);
    });
    this.map.on("mouseenter", "points", () => (this.map.getCanvas().style.cursor = "pointer"));
    this.map.on("mouseleave", "points", () => (this.map.getCanvas().style.cursor = ""));
  }
}

const METRES = 6371008.8;
const radians = (degrees) => (degrees * Math.PI) / 180;

/** Metres along a line of places, on a sphere. */
function lengthOf(line) {
  let sum = 0;
  for (let n = 1; n < line.length; n += 1) {
    const [[x, y], [u, v]] = [line[n - 1], line[n]].map((at) => at.map(radians));
    const part = Math.sin((v - y) / 2) ** 2 + Math.cos(y) * Math.cos(v) * Math.sin((u - x) / 2) ** 2;
    sum += 2 * METRES * Math.asin(Math.sqrt(part));
  }
  return sum;
}

/** Square metres inside of a line of places that is closed. */
function areaOf(line) {
  if (line.length < 3) return 0;
  let sum = 0;
  line.forEach(([x, y], n) => {
    const [u, v] = line[(n + 1) % line.length];
    sum += radians(u - x) * (2 + Math.sin(radians(y)) + Math.sin(radians(v)));
  });
  return Math.abs((sum * METRES * METRES) / 2);
}

function wake(scope) {
  for (const figure of scope.querySelectorAll("[data-map]:not([data-woken])")) {
    figure.dataset.woken = "";
    setWorkerUrl(new URL(figure.dataset.worker, location.href).href);
    data(figure)
      .then((loaded) => new MapFigure(figure, loaded))
      .catch((error) => {
        // No WebGL, or a blocked worker: the server's drawing stays, and the form works without a map.
        console.warn(error);
        figure.querySelector(".ch-live").hidden = true;
      });
  }
}

wake(document);
document.addEventListener("cityhall:arrived", (event) => wake(event.detail));
