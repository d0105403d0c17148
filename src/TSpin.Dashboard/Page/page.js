// The live page: asks for what changed when the server says that something did.
import { Figure, element, fill, short } from '/charts.js';
import * as triplets from '/triplets.js';

const get = id => document.getElementById(id);
const Tabs = ['training', 'triplets', 'recipe'];
const overviews = new Map();
const figures = new Map();
let catalogue = { runs: [], charts: [] };
let selected = [];
let versions = '';
let busy = false;
let again = false;

async function fetchJson(path) {
  try {
    const answer = await fetch(path);
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

const duration = seconds => {
  const whole = Math.round(seconds);
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return h > 0 ? `${h}:${String(m).padStart(2, '0')}:${String(s).padStart(2, '0')}`
    : `${m}:${String(s).padStart(2, '0')}`;
};

function writeAddress() {
  const query = new URLSearchParams(selected.map(id => ['run', id]));
  query.set('page', Tabs.find(tab => !get(tab).hidden));
  history.replaceState(null, '', `#${query}`);
}

function readAddress() {
  const query = new URLSearchParams(location.hash.slice(1));
  selected = query.getAll('run');
  openTab(Tabs.includes(query.get('page')) ? query.get('page') : 'training', false);
}

function openTab(name, remember = true) {
  for (const tab of Tabs) {
    get(tab).hidden = tab !== name;
    get(`tab-${tab}`).setAttribute('aria-selected', tab === name);
    get(`tab-${tab}`).tabIndex = tab === name ? 0 : -1;
  }
  if (remember) { writeAddress(); refresh(); }
}

function runChoice(run) {
  const box = element('input');
  box.type = 'checkbox';
  box.value = run.id;
  box.addEventListener('change', () => {
    selected = catalogue.runs.map(each => each.id).filter(id => id === run.id ? box.checked : selected.includes(id));
    writeAddress();
    refresh();
  });
  return element('label', '', null, box,
    element('span', '', null, run.id, element('br'), element('small', '', `${run.method}, ${run.status}`)));
}

function drawRuns() {
  get('root').textContent = catalogue.root ?? '';
  const focused = document.activeElement?.value;
  fill(get('runs'), catalogue.runs, () => catalogue.runs.length > 0 ? catalogue.runs.map(runChoice)
    : [element('p', 'none', 'There is no run in this folder yet.')]);
  for (const box of get('runs').querySelectorAll('input')) {
    box.checked = selected.includes(box.value);
    if (box.value === focused && document.activeElement === document.body) box.focus();
  }
}

function head(run) {
  const made = element('div', 'head', null,
    element('h3', '', run.id, element('span', `state ${run.status}`, run.status || 'unknown')),
    element('div', 'soft', `${run.method}, begun ${run.started.slice(0, 16).replace('T', ' ')}`));
  const facts = element('div', 'facts');
  const fact = (name, value) =>
    value !== null && value !== undefined && facts.append(element('span', '', `${name} `, element('b', '', value)));
  fact('time left', run.secondsLeft === null ? null : duration(run.secondsLeft));
  if (run.now) {
    fact('iteration', String(run.now.iteration));
    fact('step', run.now.steps ? `${run.now.step} of ${run.now.steps}` : String(run.now.step));
    fact('loss', short(run.now.loss));
    if (run.now.u !== null) fact('u', short(run.now.u));
    if (run.now.v !== null) fact('v', short(run.now.v));
    fact('tokens/s', short(run.now.tokensPerSecond));
    fact('memory', run.now.memory === null ? null : `${(run.now.memory / 2 ** 30).toFixed(2)} GiB`);
  }
  const stages = element('ol', 'stages');
  stages.tabIndex = 0;
  stages.setAttribute('aria-label', `stages of ${run.id}`);
  for (const stage of run.stages) {
    const bar = element('progress');
    bar.max = stage.total || 1;
    bar.value = stage.state === 'done' ? bar.max : stage.done ?? 0;
    bar.setAttribute('aria-label', stage.name);
    const amount = [
      stage.state === 'done' ? 'done' : stage.total ? `${stage.done} of ${stage.total}` : '',
      stage.secondsLeft !== null ? `${duration(stage.secondsLeft)} left` : '',
    ].filter(Boolean).join(', ');
    stages.append(element('li', stage.state, null,
      element('span', '', `${stage.iteration < 0 ? '' : `iteration ${stage.iteration}: `}${stage.name}`), bar,
      element('span', 'amount', amount)));
  }
  made.append(facts, stages);
  for (const note of run.notes) made.append(element('p', 'soft', note));
  return made;
}

// A text that is longer than its place can be scrolled with the keyboard too.
function written(text, name) {
  const made = element('pre', '', text);
  made.tabIndex = 0;
  made.setAttribute('role', 'region');
  made.setAttribute('aria-label', name);
  return made;
}

function drawHeads() {
  const runs = selected.map(id => overviews.get(id)).filter(Boolean);
  const lists = () => [...get('heads').querySelectorAll('.stages')];
  const scrolled = lists().map(list => list.scrollTop);
  const focused = lists().indexOf(document.activeElement);
  fill(get('heads'), runs, () => runs.map(head));
  lists().forEach((list, i) => {
    const now = list.querySelector('.now');
    list.scrollTop = scrolled[i] ?? (now ? now.offsetTop - list.offsetTop - 40 : 0);
  });
  lists()[focused]?.focus({ preventScroll: true });
  const alarms = runs.flatMap(run => run.alarms.map(alarm => {
    const where = [
      runs.length > 1 ? run.id : '',
      alarm.iteration === null || alarm.iteration < 0 ? 'before training' : `iteration ${alarm.iteration}`,
      alarm.step ? `step ${alarm.step}` : '',
    ].filter(Boolean).join(', ');
    return { name: alarm.name, text: ` ${where}: ${alarm.message}` };
  }));
  fill(get('alarms'), alarms, () => alarms.length === 0 ? [] : [
    element('div', 'alarms', null, element('h2', '', 'Alarms'), element('ul', '', null,
      ...alarms.map(alarm => element('li', '', null, element('b', '', alarm.name), alarm.text)))),
  ]);
  fill(get('recipes'), runs.map(run => [run.id, run.recipe, run.environment]), () => runs.map(run =>
    element('div', '', null, element('h3', '', run.id), written(run.recipe || 'no recipe.yaml', `recipe of ${run.id}`),
      element('h3', '', 'Machine'), written(run.environment || 'not recorded', `machine of ${run.id}`))));
}

// Figures are kept: a chart that is looked at must not jump.
function figure(key, make) {
  if (!figures.has(key)) figures.set(key, make());
  const made = figures.get(key);
  made.isUsed = true;
  return made;
}

function scoreTable(scores) {
  const wide = element('div', 'wide', null, element('table', '', null,
    element('thead', '', null, element('tr', '', null, ...scores.headers.map(text => element('th', '', text)))),
    element('tbody', '', null, ...scores.rows.map(row => element('tr', '', null,
      ...row.cells.map((cell, i) => row.best[i] ? element('td', '', null, element('b', '', cell))
      : element('td', '', cell)))))));
  wide.tabIndex = 0;
  wide.setAttribute('role', 'region');
  wide.setAttribute('aria-label', 'scores');
  return wide;
}

function drawScores(scores) {
  const isEmpty = !scores || scores.rows.length === 0;
  get('scores').hidden = isEmpty;
  const charts = isEmpty ? [] : scores.charts.filter(chart => chart.runs.some(run => run.points.length > 0));
  if (!isEmpty) fill(get('score-table'), [scores.headers, scores.rows], () => [scoreTable(scores)]);
  fill(get('score-charts'), charts.map(chart => chart.title), () => charts.map(chart => scoreFigure(chart).root));
  for (const chart of charts) {
    const drawn = scoreFigure(chart);
    const x = [...new Set(chart.runs.flatMap(run => run.points.map(point => point.iteration)))].sort((a, b) => a - b);
    const of = (run, value) =>
      x.map(at => run.points.find(each => each.iteration === at)).map(point => point ? value(point) : null);
    const hasErrors = chart.runs.some(run => run.points.some(point => point.error !== null));
    drawn.later = () => drawn.show(x, chart.runs.map((run, i) => ({
      name: run.id, colour: i % 8, dots: true, mean: of(run, point => point.value),
      ...(hasErrors && { low: of(run, point => point.value - (point.error ?? 0)),
        high: of(run, point => point.value + (point.error ?? 0)) }),
    })), [], null);
  }
}

const scoreFigure = chart => figure(`score ${chart.title}`, () => new Figure(chart.title,
  `score${chart.isShare ? ', %' : ''} (after each iteration; -1 is the starting model)`, false, null));

function drawCharts(series) {
  // The figures of one run in one row that wraps; of several, a row for each chart.
  const rows = [];
  // Numbers that a method has of its own, whatever it calls them, come after those that all have.
  const own = series.flatMap(run => run.own);
  const charts = [...catalogue.charts,
    ...own.filter((chart, i) => own.findIndex(other => other.title === chart.title) === i)];
  for (const chart of charts) {
    const of = run =>
      chart.lines.filter(line => run.lines[line.key]).map(line => ({ ...line, ...run.lines[line.key] }));
    const drawn = series.map(run => ({ run, lines: of(run) }));
    if (drawn.every(each => each.lines.length === 0)) continue;
    const all = drawn.flatMap(each => each.lines.flatMap(line => [...(line.low ?? line.mean),
      ...(line.high ?? line.mean)])).filter(value => value !== null);
    const range = series.length > 1 ? [Math.min(...all), Math.max(...all)] : null;
    const cells = drawn.map(({ run, lines }) => {
      // Another method has it: each run keeps its column.
      if (lines.length === 0) return null;
      const key = `${chart.title} ${series.length > 1} ${run.id}`;
      const made = figure(key, () => new Figure(series.length > 1 ? `${chart.title}: ${run.id}` : chart.title,
        chart.unit, chart.zero, `steps of ${run.id}`));
      made.later = () => made.show(run.x, lines, run.starts, range);
      return { key, made };
    });
    if (series.length > 1 || rows.length === 0) rows.push(cells);
    else rows[0].push(...cells);
  }
  fill(get('charts'), [series.length, rows.map(cells => cells.map(cell => cell?.key))], () => rows.map(cells => {
    const row = element('div', series.length > 1 ? 'row together' : 'row', null,
      ...cells.map(cell => cell?.made.root ?? element('div')));
    row.style.setProperty('--runs', series.length);
    return row;
  }));
  const count = series.map(run => {
    const each = Math.round(run.steps / run.x.length);
    return (series.length > 1 ? `${run.id}: ` : '') + `${run.steps.toLocaleString('en')} steps`
      + (run.read < 1 ? `, ${Math.floor(100 * run.read)}% of the log read` : '')
      + (run.steps > run.x.length ? `, each point the mean of about ${each}, bands from the smallest to the largest` : '');
  });
  get('thinned').textContent = series.every(run => run.steps === 0) ? 'No step yet.'
    : `${count.join('; ')}. Dotted: an iteration begins. Drag to zoom, double click to zoom out.`;
}

async function refresh() {
  if (busy) { again = true; return; }
  busy = true;
  try {
    const found = await fetchJson('/api/runs');
    if (!found) return;
    catalogue = found;
    const known = catalogue.runs.map(run => run.id);
    selected = selected.filter(id => known.includes(id));
    if (selected.length === 0 && catalogue.runs.length > 0) {
      const latest = catalogue.runs.toSorted((a, b) => a.started.localeCompare(b.started)).at(-1);
      selected = [(catalogue.runs.find(run => run.status === 'running') ?? latest).id];
    }
    selected = selected.slice(0, 8);
    drawRuns();
    const query = new URLSearchParams(selected.map(id => ['run', id]));
    const isTraining = !get('training').hidden;
    const [runs, series, scores] = await Promise.all([
      Promise.all(selected.map(id => fetchJson(`/api/run?${new URLSearchParams({ run: id })}`))),
      isTraining ? Promise.all(selected.map(id => fetchJson(
        `/api/series?${new URLSearchParams({ run: id, points: 400 })}`))) : [],
      isTraining && selected.length > 0 ? fetchJson(`/api/scores?${query}`) : null,
    ]);
    overviews.clear();
    runs.filter(Boolean).forEach(run => overviews.set(run.id, run));
    drawHeads();
    if (isTraining) {
      figures.forEach(each => { each.isUsed = false; });
      drawScores(scores);
      drawCharts(series.filter(Boolean));
      figures.forEach((each, key) => { if (each.isUsed) each.later?.(); else { each.remove(); figures.delete(key); } });
    }
    if (!get('triplets').hidden) await triplets.show(selected, overviews);
    follow();
    document.documentElement.dataset.ready = String(+(document.documentElement.dataset.ready ?? 0) + 1);
  } finally {
    busy = false;
    if (again) { again = false; setTimeout(refresh, 300); }
  }
}

let events = null;
let followed = null;

// The server says of every run whether it is another, and of those that are shown whether anything in their folders
// changed.
function follow() {
  const query = `${new URLSearchParams(selected.map(id => ['run', id]))}`;
  if (query === followed) return;
  followed = query;
  events?.close();
  events = new EventSource(`/api/changes?${query}`);
  events.addEventListener('open', () => { get('link').textContent = 'live'; });
  // Another server counts anew: whatever it says first is news.
  events.addEventListener('error', () => { get('link').textContent = 'no connection; trying again'; versions = ''; });
  events.addEventListener('change', event => {
    if (event.data !== versions) refresh();
    versions = event.data;
  });
}

document.addEventListener('triplets', () => triplets.show(selected, overviews));
document.addEventListener('keydown', event => {
  if (event.target.matches('input[type=search], textarea')) { if (event.key === 'Escape') event.target.blur(); return; }
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches('select')) return;
  if (['1', '2', '3'].includes(event.key)) { openTab(Tabs[event.key - 1]); get(`tab-${Tabs[event.key - 1]}`).focus(); }
  if (event.key === '/') { event.preventDefault(); openTab('triplets'); get('triplet-search').focus(); }
  if (!get('triplets').hidden && event.key === 'n') triplets.turn(1);
  if (!get('triplets').hidden && event.key === 'p') triplets.turn(-1);
});
for (const [i, tab] of Tabs.entries()) {
  get(`tab-${tab}`).addEventListener('click', () => openTab(tab));
  get(`tab-${tab}`).addEventListener('keydown', event => {
    const move = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (move) { const next = Tabs[(i + move + Tabs.length) % Tabs.length]; openTab(next); get(`tab-${next}`).focus(); }
  });
}
addEventListener('hashchange', () => { readAddress(); refresh(); });
triplets.start(fetchJson);
readAddress();
refresh().then(follow);
