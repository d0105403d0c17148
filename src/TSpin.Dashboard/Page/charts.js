// Charts of steps and of scores, over uPlot. Every text is set as text.
const css = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export const short = value => value === null || value === undefined ? '–'
  : value !== 0 && (Math.abs(value) >= 1e5 || Math.abs(value) < 1e-3) ? value.toExponential(2)
    : String(+value.toPrecision(4));

export function element(name, className = '', text = null, ...children) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== null) made.textContent = text;
  made.append(...children);
  return made;
}

const filled = new WeakMap();

// Fills a place anew only when what it shows is other than before: what is read, scrolled, selected or focused in it
// stays.
export function fill(place, shown, make) {
  const text = JSON.stringify(shown);
  if (filled.get(place) === text) return;
  filled.set(place, text);
  place.replaceChildren(...make());
}

const live = new Set();

// What a chart shows beside its lines: where iterations begin.
const marks = starts => u => {
  const { ctx, bbox } = u;
  ctx.save();
  ctx.strokeStyle = css('--rule');
  ctx.fillStyle = css('--soft');
  ctx.font = `${10 * devicePixelRatio}px sans-serif`;
  ctx.setLineDash([2 * devicePixelRatio, 3 * devicePixelRatio]);
  for (const { iteration, at } of starts) {
    const x = u.valToPos(at, 'x', true);
    if (x < bbox.left - 1 || x > bbox.left + bbox.width) continue;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.fillText(String(iteration), x + 3 * devicePixelRatio, bbox.top + 10 * devicePixelRatio);
  }
  ctx.restore();
};

function axes() {
  const line = { stroke: css('--soft'), grid: { stroke: css('--grid'), width: 1 },
    ticks: { stroke: css('--grid'), width: 1 }, font: '11px sans-serif' };
  const whole = [1, 2, 5].flatMap(first => Array.from({ length: 8 }, (_, power) => first * 10 ** power))
    .sort((a, b) => a - b);
  return [{ ...line, incrs: whole }, { ...line, size: 62, values: (_, all) => all.map(short) }];
}

// One figure: given lines of {name, colour, mean, low, high} over x. The step that was chosen in it, by the pointer or
// by a key, stays chosen whatever it is given and however it is drawn, until another is chosen or none; null is none.
export class Figure {
  constructor(title, unit, zero, sync) {
    Object.assign(this, { zero, sync, x: [], lines: [], starts: [], chosen: null });
    this.root = element('figure');
    this.root.tabIndex = 0;
    this.root.setAttribute('role', 'group');
    this.root.setAttribute('aria-label', `${title}, ${unit}`);
    this.legend = element('div', 'legend');
    this.plot = element('div', 'plot');
    this.root.append(element('figcaption', '', title, element('span', '', unit)), this.plot, this.legend);
    this.root.addEventListener('keydown', event => this.#key(event));
    new ResizeObserver(() => this.u && this.plot.clientWidth > 0
      && this.#change(u => u.setSize({ width: this.plot.clientWidth, height: 210 }))).observe(this.plot);
    live.add(this);
  }

  // range: one for all charts of a row, so that runs can be compared; null for the chart's own.
  show(x, lines, starts, range) {
    const shape = JSON.stringify(lines.map(line => [line.name, line.colour, !!line.low, !!line.dots]));
    Object.assign(this, { x, lines, starts, range });
    const data = [x, ...lines.flatMap(line => line.low ? [line.mean, line.high, line.low] : [line.mean])];
    const before = this.data?.[0] ?? [];
    this.data = data;
    if (this.u && shape === this.shape) {
      // What was zoomed into stays in view.
      const { min, max } = this.u.scales.x;
      const isZoomed = before.length > 1 && (min > before[0] || max < before.at(-1));
      this.#change(u => {
        u.setData(data, !isZoomed);
        if (isZoomed) u.setScale('x', { min, max });
      });
    } else {
      this.shape = shape;
      this.draw();
    }
  }

  draw() {
    this.#change(() => {
      this.u?.destroy();
      this.u = this.#plotted();
    });
  }

  remove() {
    live.delete(this);
    this.u?.destroy();
  }

  #plotted() {
    const series = [{}];
    const bands = [];
    for (const line of this.lines) {
      const colour = css(`--c${line.colour}`);
      series.push({ label: line.name, stroke: colour, width: 1.6, spanGaps: true,
        points: { show: !!line.dots || this.x.length < 3, size: 6 } });
      if (line.low) {
        const at = series.length;
        bands.push({ series: [at, at + 1], fill: `color-mix(in srgb, ${colour} 18%, transparent)` });
        series.push({ width: 0, stroke: 'transparent', points: { show: false } },
          { width: 0, stroke: 'transparent', points: { show: false } });
      }
    }
    return new uPlot({
      width: Math.max(200, this.plot.clientWidth), height: 210, series, bands, axes: axes(), legend: { show: false },
      scales: { x: { time: false }, y: { range: (_, low, high) => this.#range(low, high) } },
      cursor: { y: false, sync: this.sync ? { key: this.sync } : undefined, drag: { x: true, y: false } },
      hooks: { draw: [u => marks(this.starts)(u)], setCursor: [u => this.#follow(u)] },
    }, this.data, this.plot);
  }

  // Chooses a step, or none.
  choose(step) {
    this.chosen = step;
    if (this.u) this.#change(() => {});
  }

  // Changes what is drawn, at once, and puts the cursor on the chosen step.
  #change(change) {
    this.isChanging = true;
    change(this.u);
    // uPlot draws in a microtask of its own unless asked.
    this.u.batch(() => {});
    const left = this.chosen === null ? -1 : this.u.valToPos(this.x[this.#at()], 'x');
    const isInView = left >= 0 && left <= this.u.over.clientWidth;
    this.u.setCursor(isInView ? { left, top: 10 } : { left: -10, top: -10 });
    this.isChanging = false;
    this.#values();
  }

  // The pointer, or another chart's, moved.
  #follow(u) {
    if (this.isChanging) return;
    this.chosen = this.x[u.cursor.idx] ?? null;
    this.#values();
  }

  // The place of the chosen step among those that are shown, or of the nearest where several are one point.
  #at() {
    if (this.chosen === null) return this.x.length - 1;
    const distance = at => Math.abs(this.x[at] - this.chosen);
    return this.x.reduce((best, _, at) => distance(at) < distance(best) ? at : best, 0);
  }

  #range(low, high) {
    if (this.range) [low, high] = this.range;
    if (low === null || high === null) return [0, 1];
    if (this.zero) [low, high] = [Math.min(0, low), Math.max(0, high)];
    const room = high === low ? Math.abs(high) * 0.1 || 1 : (high - low) * 0.05;
    return [this.zero && low === 0 ? 0 : low - room, this.zero && high === 0 ? 0 : high + room];
  }

  #values() {
    const at = this.#at();
    this.legend.replaceChildren(...(this.chosen === null || this.x.length === 0 ? []
      : [element('span', 'soft', `step ${short(this.x[at])}`)]), ...this.lines.map(line => {
      const swatch = element('span', `swatch b${line.colour}`);
      return element('span', '', null, swatch,
        `${line.name} ${short(line.mean[at])}${line.low ? ` (${short(line.low[at])} to ${short(line.high[at])})` : ''}`);
    }));
  }

  // The charts that a pointer moves together move together.
  #key(event) {
    const move = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity }[event.key];
    if (this.x.length === 0 || (move === undefined && event.key !== 'Escape')) return;
    event.preventDefault();
    const step = move === undefined ? null : this.x[Math.max(0, Math.min(this.x.length - 1, this.#at() + move))];
    const together = this.sync ? [...live].filter(each => each.sync === this.sync) : [this];
    together.forEach(each => each.choose(step));
  }
}

// Colours are drawn, not styled: light and dark need new ones.
matchMedia('(prefers-color-scheme: dark)')
  .addEventListener('change', () => live.forEach(figure => figure.u && figure.draw()));
